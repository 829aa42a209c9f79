/*
 * options_help.c - the option table as --help and as manual pages (man(7)
 * macros).  Both walk the same rows in the same order; what a row says is
 * written once.
 */

#include "options.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "options_table.h"


#define JNY_HELP_COLUMN  28
#define JNY_HELP_BLANKS  "                            "


static void
jny_help_name(jny_buf_t *out, const jny_option_t *row)
{
    if (row->letter) {
        jny_buf_printf(out, "-%c, ", row->letter);
    }

    jny_buf_printf(out, "--%s", row->name);

    if (row->arg != NULL) {
        jny_buf_printf(out, " %s", row->arg);
    }
}


/* A default that is no word of the table's own making is in its help. */

static int
jny_help_has_default(const jny_option_t *row)
{
    return row->value != NULL;
}


static void
jny_help_row(jny_buf_t *out, const jny_option_t *row)
{
    size_t       from, n, width;
    const char  *p;

    from = out->len;
    jny_buf_str(out, "  ");
    jny_help_name(out, row);
    width = out->len - from;

    for (p = row->help; *p != '\0'; p += n + 1) {
        n = strcspn(p, "\n");

        if (width + 2 > JNY_HELP_COLUMN) {
            jny_buf_char(out, '\n');
            width = 0;
        }

        jny_buf_printf(out, "%.*s%.*s", (int) (JNY_HELP_COLUMN - width),
                       JNY_HELP_BLANKS, (int) n, p);

        if (p[n + 1] == '\0' && jny_help_has_default(row)) {
            jny_buf_printf(out, " [%s]", row->value);
        }

        jny_buf_char(out, '\n');
        width = 0;
    }
}


void
jny_options_help(const jny_command_t *cmd, jny_buf_t *out)
{
    jny_buf_printf(out, "usage: journey %s %s\n\n%s\n\n", cmd->name, cmd->usage,
                   cmd->summary);

    for (unsigned i = 0; i < jny_option_count; i++) {
        if (jny_option_taken(cmd, &jny_option_table[i])) {
            jny_help_row(out, &jny_option_table[i]);
        }
    }

    jny_buf_printf(out, "  %-*s%s\n", JNY_HELP_COLUMN - 2, "-h, --help",
                   "this text");

    if (cmd->help != NULL) {
        jny_buf_printf(out, "\n%s", cmd->help);
    }
}


/* roff: a backslash and a leading dot or quote mean something. */

static void
jny_man_text(jny_buf_t *out, const char *text)
{
    int  bol;

    bol = 1;

    for (const char *p = text; *p != '\0'; p++) {
        if (bol && (*p == '.' || *p == '\'')) {
            jny_buf_str(out, "\\&");
        }

        if (*p == '\\') {
            jny_buf_str(out, "\\e");

        } else if (*p == '-') {
            jny_buf_str(out, "\\-");

        } else {
            jny_buf_char(out, *p);
        }

        bol = *p == '\n';
    }
}


static void
jny_man_row(jny_buf_t *out, const jny_option_t *row)
{
    jny_buf_t  name;

    jny_buf_init(&name);
    jny_help_name(&name, row);

    jny_buf_str(out, ".TP\n.B ");
    jny_man_text(out, name.data ? name.data : "");
    jny_buf_char(out, '\n');
    jny_man_text(out, row->help);

    if (jny_help_has_default(row)) {
        jny_buf_str(out, "[default: ");
        jny_man_text(out, row->value);
        jny_buf_str(out, "]\n");
    }

    out->failed |= name.failed;
    jny_buf_release(&name);
}


static void
jny_man_exit(jny_buf_t *out)
{
    jny_buf_str(out, ".SH EXIT STATUS\n"
                ".TP\n.B 0\nclean\n"
                ".TP\n.B 1\nfailed\n"
                ".TP\n.B 2\nwrong usage\n"
                ".TP\n.B 3\ndamaged blocks were skipped\n"
                ".TP\n.B 4\nblocks of a writer are missing between two "
                "others\n");
}


/* Help texts are set for a terminal: kept as they are. */

void
jny_options_man(const jny_command_t *cmd, jny_buf_t *out)
{
    jny_buf_str(out, ".TH JOURNEY-");

    for (const char *p = cmd->name; *p != '\0'; p++) {
        jny_buf_char(out, (char) toupper((unsigned char) *p));
    }

    jny_buf_printf(out, " 1 \"\" \"nginx-journey " JNY_VERSION
                   "\" \"nginx-journey\"\n.SH NAME\njourney-%s \\- ",
                   cmd->name);
    jny_man_text(out, cmd->summary);
    jny_buf_printf(out, "\n.SH SYNOPSIS\n.B journey %s\n", cmd->name);
    jny_man_text(out, cmd->usage);
    jny_buf_char(out, '\n');

    if (cmd->help != NULL) {
        jny_buf_str(out, ".SH DESCRIPTION\n.nf\n");
        jny_man_text(out, cmd->help);
        jny_buf_str(out, ".fi\n");
    }

    jny_buf_str(out, ".SH OPTIONS\n");

    for (unsigned i = 0; i < jny_option_count; i++) {
        if (jny_option_taken(cmd, &jny_option_table[i])) {
            jny_man_row(out, &jny_option_table[i]);
        }
    }

    jny_buf_str(out, ".TP\n.B \\-h, \\-\\-help\nprint a summary of the "
                "options\n");

    jny_man_exit(out);
    jny_buf_str(out, ".SH SEE ALSO\n.BR journey (1)\n");
}


void
jny_main_man(const jny_command_t *const *cmds, jny_buf_t *out)
{
    jny_buf_str(out, ".TH JOURNEY 1 \"\" \"nginx-journey " JNY_VERSION
                "\" \"nginx-journey\"\n"
                ".SH NAME\njourney \\- customer journeys from nginx-journey "
                "logs\n"
                ".SH SYNOPSIS\n.B journey\nCOMMAND [options] LOG...\n"
                ".SH DESCRIPTION\n"
                "LOG is a file, a folder (its *.jny* files, not those of "
                "folders in it), or \\-\nfor standard input.\n"
                "Rotated files may be given in any order; a file given twice "
                "is counted once.\n"
                ".SH COMMANDS\n");

    for (; *cmds != NULL; cmds++) {
        jny_buf_printf(out, ".TP\n.BR journey\\-%s (1)\n", (*cmds)->name);
        jny_man_text(out, (*cmds)->summary);
        jny_buf_char(out, '\n');
    }

    jny_man_exit(out);
}
