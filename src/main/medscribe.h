/* The command line: what its parts share. Exit status: 0 done, 1 refused or something found, 64 wrong usage,
   69 no server and none could be started, 78 wrong configuration. */
#ifndef MEDSCRIBE_MAIN_MEDSCRIBE_H
#define MEDSCRIBE_MAIN_MEDSCRIBE_H
#include "base/arena.h"
#include "os/config.h"
#include "wire/routes.h"

#include <sys/types.h>

enum exit_status { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 64, EXIT_NO_SERVER = 69, EXIT_CONFIG = 78 };

struct options {
    const char *config_file, *data, *username, *email, *role, *registration_no, *folder;
    bool json;
    struct config *config;
    char **environment; /* as it was before the settings were read and wiped */
};

/* ---- medscribe_link.c: frames to core, over the control socket of a running server or of one that is started for this
   command and stopped after it. */
struct link {
    int fd;
    pid_t server;   /* ours to stop; 0: it ran already */
    int server_log; /* what our server said, printed when it fails */
    struct buf in;
};
/* False: it has said why, on standard error. */
bool medscribe_link_open(const struct options *options, struct link *link_out);
/* Is a server running on this data folder? Starts none. */
bool medscribe_link_try(const struct options *options, struct link *link_out);
void medscribe_link_close(struct link *link);
/* Sends one request and waits for its answer; spans of the answer point into link->in until the next call. */
bool medscribe_link_call(struct link *link, const struct request *request, struct response *response_out);

/* ---- medscribe_request.c: fields by their names in the route table, checked and normalised as front does it. */
struct draft {
    struct request request;
    struct arena arena; /* owns the values */
};
void medscribe_request_init(struct draft *draft, enum route_id route);
void medscribe_request_again(struct draft *draft, enum route_id route); /* forgets the values, keeps the memory */
void medscribe_request_free(struct draft *draft);
struct err medscribe_request_text(struct draft *draft, const char *field, struct span text); /* texts and words */
struct err medscribe_request_integer(struct draft *draft, const char *field, int64_t number);
/* NULL, or the name of the first required field that is missing. */
const char *medscribe_request_missing(const struct draft *draft);

/* ---- the commands; each returns the exit status */
int medscribe_account_admin_create(const struct options *options);
int medscribe_account_user_create(const struct options *options);
int medscribe_account_verify_doctor(const struct options *options);
int medscribe_account_status(const struct options *options);
int medscribe_account_audit_verify(const struct options *options);
int medscribe_import(const struct options *options);
int medscribe_doctor(const struct options *options);

/* ---- medscribe_print.c (apart, because jansson's names are those of base/json.h) */
/* A refusal as text or JSON; returns EXIT_REFUSED. */
int medscribe_print_refused(const struct options *options, const struct response *response);
struct import_count {
    const char *what;
    uint64_t imported, already, refused;
};
void medscribe_print_import(const struct options *options, const struct import_count *counts, size_t n, int64_t duration_us);

#endif
