/*
 * jny_schema.c - the wire names of the columns, from the tables in
 * jny_schema.h.
 */

#include "jny_schema.h"


const char *const  jny_text_names[JNY_TEXT_COUNT] = {
#define JNY_X(id, name)  name,
    JNY_TEXT_MAP(JNY_X)
#undef JNY_X
};


const char *const  jny_number_names[JNY_NUMBER_COUNT] = {
#define JNY_X(id, name, zigzag)  name,
    JNY_NUMBER_MAP(JNY_X)
#undef JNY_X
};
