/* medscribe: the command line of the host's operator. */
#include "main/medscribe.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char usage[] =
    "usage: medscribe [--data DIR] [--config FILE] [--json] COMMAND\n"
    "  admin create --username U --email E               make an administrator; prints a one-time password\n"
    "  user create --username U --email E --role R       make a confirmed user: patient doctor admin auditor readonly\n"
    "  user verify-doctor U [--registration-no N]        confirm a doctor's registration\n"
    "  status                                            is it working, and how much is in it\n"
    "  doctor                                            check the installation; say what is wrong and how to mend it\n"
    "  import --jsonl DIR                                users.jsonl and submissions.jsonl of an older system\n"
    "  audit verify                                      check the audit log; exit status 1 and the first bad row if it is not whole\n"
    "  version, help\n"
    "  --data DIR      the data folder (else the setting `data`, MEDSCRIBE_DATA, ./var)\n"
    "  --config FILE   the server's configuration file\n"
    "  --json          answers as JSON\n"
    "A running server is asked through the control socket of its data folder; without one, vault and core are started for the\n"
    "command and stopped after it.\n";

static int show_version(const struct options *options)
{
    printf(options->json ? "{\"version\":\"%s\"}\n" : "medscribe %s\n", MEDSCRIBE_VERSION);
    return EXIT_DONE;
}

static int show_help(const struct options *options)
{
    (void)options;
    fputs(usage, stdout);
    return EXIT_DONE;
}

static const struct command {
    const char *first, *second;
    bool takes_name;
    int (*run)(const struct options *options);
} commands[] = {
    {"admin", "create", false, medscribe_account_admin_create},
    {"user", "create", false, medscribe_account_user_create},
    {"user", "verify-doctor", true, medscribe_account_verify_doctor},
    {"status", NULL, false, medscribe_account_status},
    {"doctor", NULL, false, medscribe_doctor},
    {"import", NULL, false, medscribe_import},
    {"audit", "verify", false, medscribe_account_audit_verify},
    {"version", NULL, false, show_version},
    {"--version", NULL, false, show_version},
    {"help", NULL, false, show_help},
    {"--help", NULL, false, show_help},
};

static const char **place_of(struct options *options, const char *flag)
{
    const struct {
        const char *flag, **place;
    } flags[] = {
        {"--data", &options->data}, {"--config", &options->config_file}, {"--username", &options->username}, {"--email", &options->email},
        {"--role", &options->role}, {"--registration-no", &options->registration_no}, {"--jsonl", &options->folder},
    };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (strcmp(flags[i].flag, flag) == 0) return flags[i].place;
    return NULL;
}

/* Splits flags from words. False: it has said why. */
static bool parse(int argc, char **argv, struct options *options, const char *words_out[static 4], size_t *count_out)
{
    for (int i = 1; i < argc; i++) {
        const char **place = place_of(options, argv[i]);
        if (strcmp(argv[i], "--json") == 0) {
            options->json = true;
        } else if (place != NULL && i + 1 < argc) {
            *place = argv[++i];
        } else if (place != NULL) {
            fprintf(stderr, "medscribe: %s needs a value\n", argv[i]);
            return false;
        } else if (*count_out < 4 && (argv[i][0] != '-' || *count_out == 0)) {
            words_out[(*count_out)++] = argv[i];
        } else {
            fprintf(stderr, "medscribe: %s is not understood; see medscribe help\n", argv[i]);
            return false;
        }
    }
    return true;
}

static const struct command *find(const char *const *words, size_t count, struct options *options)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const struct command *c = &commands[i];
        size_t need = c->second != NULL ? 2 : 1;
        if (count < need || strcmp(c->first, words[0]) != 0 || (need == 2 && strcmp(c->second, words[1]) != 0)) continue;
        if (c->takes_name && count == need + 1) options->username = words[need];
        else if (count != need) return NULL;
        return c;
    }
    return NULL;
}

static char **copy_environment(void)
{
    size_t n = 0;
    while (environ[n] != NULL) n++;
    char **copy = calloc(n + 1, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < n; i++) copy[i] = strdup(environ[i]);
    return copy;
}

static void free_environment(char **copy)
{
    for (size_t i = 0; copy != NULL && copy[i] != NULL; i++) {
        explicit_bzero(copy[i], strlen(copy[i]));
        free(copy[i]);
    }
    free(copy);
}

static bool load(struct options *options)
{
    struct buf message = BUF_WITH_MAX(8192);
    options->environment = copy_environment();
    struct err e = options->environment == NULL ? FAIL(OUT_OF_MEMORY) : config_load(options->config_file, &options->config, &message);
    if (!err_failed(e) && options->data != NULL) e = config_set(options->config, "data", options->data, &message);
    if (err_failed(e)) fprintf(stderr, "medscribe: %.*s\n", (int)message.n, message.n > 0 ? (const char *)message.p : "");
    buf_free(&message);
    return !err_failed(e);
}

int main(int argc, char **argv)
{
    struct options options = {0};
    const char *words[4];
    size_t count = 0;
    signal(SIGPIPE, SIG_IGN);
    if (!parse(argc, argv, &options, words, &count)) return EXIT_USAGE;
    const struct command *command = find(words, count, &options);
    if (command == NULL) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    int status = load(&options) ? command->run(&options) : EXIT_CONFIG;
    config_free(options.config);
    free_environment(options.environment);
    return status;
}
