/*
 * main.c - finds the command, lets it parse and run, and makes sure that
 * what was printed arrived.
 */

#include "options.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"


/* The order of journey --help. */

static const jny_command_t *const  jny_commands[] = {
    &jny_cmd_report,
    &jny_cmd_funnel,
    &jny_cmd_paths,
    &jny_cmd_pages,
    &jny_cmd_cat,
    &jny_cmd_stat,
    &jny_cmd_audit,
    &jny_cmd_compact,
    &jny_cmd_forget,
    &jny_cmd_import,
    NULL
};


static int jny_main_command(unsigned argc, char **argv);
static int jny_main_help(unsigned argc, char **argv);
static int jny_main_finish(int code);


static const jny_command_t *
jny_command_find(const char *name)
{
    for (unsigned i = 0; jny_commands[i] != NULL; i++) {
        if (strcmp(jny_commands[i]->name, name) == 0) {
            return jny_commands[i];
        }
    }

    return NULL;
}


static void
jny_main_usage(FILE *out)
{
    fprintf(out, "usage: journey COMMAND [options] LOG...\n\n"
            "Customer journeys from nginx-journey logs.\n\n");

    for (unsigned i = 0; jny_commands[i] != NULL; i++) {
        fprintf(out, "  %-10s%s\n", jny_commands[i]->name,
                jny_commands[i]->summary);
    }

    fprintf(out, "\nLOG is a file, a folder (its *.jny* files, not those of "
            "folders in it), or -\nfor standard input.\n"
            "journey COMMAND --help lists the options of a command.\n");
}


/*
 * A reader that has seen enough (journey cat | head) ends us as it ends any
 * filter, whatever the disposition we were started with.
 */

int
main(int argc, char **argv)
{
    int  code;

    signal(SIGPIPE, SIG_DFL);

    if (argc < 2) {
        jny_main_usage(stderr);
        return JNY_EXIT_USAGE;
    }

    if (strcmp(argv[1], "--version") == 0) {
        printf("journey " JNY_VERSION "\n");
        code = JNY_EXIT_OK;

    } else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        jny_main_usage(stdout);
        code = JNY_EXIT_OK;

    } else if (strcmp(argv[1], "help") == 0) {
        code = jny_main_help(argc - 2, argv + 2);

    } else {
        code = jny_main_command(argc - 1, argv + 1);
    }

    return jny_main_finish(code);
}


static int
jny_main_unknown(const char *name)
{
    jny_nearest_t  near;

    jny_nearest_init(&near, name, strlen(name));

    for (unsigned i = 0; jny_commands[i] != NULL; i++) {
        jny_nearest_try(&near, jny_commands[i]->name);
    }

    if (near.best != NULL) {
        fprintf(stderr, "journey: unknown command %s, did you mean %s?\n",
                name, near.best);

    } else {
        fprintf(stderr, "journey: unknown command %s; journey --help lists "
                "them\n", name);
    }

    return JNY_EXIT_USAGE;
}


static int
jny_main_command(unsigned argc, char **argv)
{
    int                   rc, code;
    jny_options_t         opt;
    const jny_command_t  *cmd;

    cmd = jny_command_find(argv[0]);

    if (cmd == NULL) {
        return jny_main_unknown(argv[0]);
    }

    rc = jny_options_parse(cmd, &opt, argc - 1, argv + 1);

    switch (rc) {

    case JNY_OK:
        code = cmd->run(&opt);
        break;

    case JNY_END:
        code = JNY_EXIT_OK;
        break;

    case JNY_EINVAL:
        code = JNY_EXIT_USAGE;
        break;

    default:
        fprintf(stderr, "journey %s: %s\n", cmd->name, jny_strerror(rc));
        code = JNY_EXIT_FAILED;
        break;
    }

    jny_options_release(&opt);
    return code;
}


/* "journey help [COMMAND]"; with --man the page that is installed. */

static int
jny_main_help(unsigned argc, char **argv)
{
    int                   man;
    jny_buf_t             out;
    const jny_command_t  *cmd;

    man = argc > 0 && strcmp(argv[0], "--man") == 0;
    argc -= man;
    argv += man;

    cmd = argc > 0 ? jny_command_find(argv[0]) : NULL;

    if (argc > 0 && cmd == NULL) {
        return jny_main_unknown(argv[0]);
    }

    if (cmd == NULL && !man) {
        jny_main_usage(stdout);
        return JNY_EXIT_OK;
    }

    jny_buf_init(&out);

    if (cmd == NULL) {
        jny_main_man(jny_commands, &out);

    } else if (man) {
        jny_options_man(cmd, &out);

    } else {
        jny_options_help(cmd, &out);
    }

    fwrite(out.data, 1, out.len, stdout);
    jny_buf_release(&out);

    return JNY_EXIT_OK;
}


static int
jny_main_finish(int code)
{
    if (code == JNY_EXIT_FAILED || (fflush(stdout) == 0 && !ferror(stdout))) {
        return code;
    }

    fprintf(stderr, "journey: standard output cannot be written: %s\n",
            strerror(errno));

    return JNY_EXIT_FAILED;
}
