/* Commands that ask one question and print its answer. */
#include "main/medscribe.h"

#include "os/channel.h"

#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

static const char *member(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static long long count(json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

/* Calls, prints JSON as it came or lets `show` print it for a person. */
static int ask(const struct options *options, struct draft *draft, int (*show)(json_t *answer))
{
    struct link link;
    struct response response;
    int status = EXIT_NO_SERVER;
    const char *missing = medscribe_request_missing(draft);
    if (missing != NULL) {
        fprintf(stderr, "medscribe: --%s is missing; see medscribe help\n", missing);
        return EXIT_USAGE;
    }
    if (!medscribe_link_open(options, &link)) return EXIT_NO_SERVER;
    if (medscribe_link_call(&link, &draft->request, &response)) {
        json_t *answer = response.kind == RESPONSE_JSON ? json_loadb((const char *)response.body.p, response.body.n, JSON_REJECT_DUPLICATES, NULL) : NULL;
        if (answer == NULL) {
            status = medscribe_print_refused(options, &response);
        } else if (options->json) {
            IGNORE(channel_write(STDOUT_FILENO, response.body));
            fputs("\n", stdout);
            status = json_is_false(json_object_get(answer, "ok")) ? EXIT_REFUSED : EXIT_DONE;
        } else {
            status = show(answer);
        }
        json_decref(answer);
    }
    medscribe_link_close(&link);
    return status;
}

/* Puts what was given; false: a value is not allowed, and it has said so. */
static bool put(struct draft *draft, const char *field, const char *text)
{
    struct err e = text != NULL ? medscribe_request_text(draft, field, span_text(text)) : OK;
    if (!err_failed(e)) return true;
    fprintf(stderr, "medscribe: %s: %s\n", field, err_title(e.code));
    return false;
}

static int show_password(json_t *answer)
{
    printf("User name:          %s\nOne-time password:  %s\n", member(answer, "username"), member(answer, "password"));
    puts("It is shown only here. Hand it over in person; it is to be changed after the first log-in.");
    return EXIT_DONE;
}

int medscribe_account_admin_create(const struct options *options)
{
    struct draft draft;
    medscribe_request_init(&draft, ROUTE_HOST_ADMIN_CREATE);
    bool ok = put(&draft, "username", options->username) && put(&draft, "email", options->email);
    int status = ok ? ask(options, &draft, show_password) : EXIT_USAGE;
    medscribe_request_free(&draft);
    return status;
}

int medscribe_account_user_create(const struct options *options)
{
    struct draft draft;
    medscribe_request_init(&draft, ROUTE_HOST_USER_CREATE);
    bool ok = put(&draft, "username", options->username) && put(&draft, "email", options->email) &&
              put(&draft, "role", options->role);
    int status = ok ? ask(options, &draft, show_password) : EXIT_USAGE;
    medscribe_request_free(&draft);
    return status;
}

static int show_verified(json_t *answer)
{
    printf("%s is confirmed as a doctor.\n", member(answer, "username"));
    return EXIT_DONE;
}

int medscribe_account_verify_doctor(const struct options *options)
{
    struct draft draft;
    medscribe_request_init(&draft, ROUTE_HOST_VERIFY_DOCTOR);
    bool ok = put(&draft, "username", options->username) && put(&draft, "registration_no", options->registration_no);
    int status = ok ? ask(options, &draft, show_verified) : EXIT_USAGE;
    medscribe_request_free(&draft);
    return status;
}

static int show_status(json_t *answer)
{
    json_t *jobs = json_object_get(answer, "jobs");
    printf("Status:       %s\nVersion:      %s\nDatabase:     %s\n", member(answer, "status"), member(answer, "version"), member(answer, "database"));
    printf("Users:        %lld\nSubmissions:  %lld\n", count(answer, "users"), count(answer, "submissions"));
    printf("Jobs:         %lld queued, %lld running, %lld failed\n", count(jobs, "queued"), count(jobs, "running"), count(jobs, "failed"));
    printf("Audit rows:   %lld\n", count(json_object_get(answer, "audit"), "rows"));
    return EXIT_DONE;
}

int medscribe_account_status(const struct options *options)
{
    struct draft draft;
    medscribe_request_init(&draft, ROUTE_HOST_STATUS);
    int status = ask(options, &draft, show_status);
    medscribe_request_free(&draft);
    return status;
}

static int show_audit(json_t *answer)
{
    if (json_is_true(json_object_get(answer, "ok"))) {
        printf("The audit log is whole: %lld rows.\n", count(answer, "rows"));
        return EXIT_DONE;
    }
    printf("The audit log is NOT whole. First bad row: %lld of %lld (%s).\n", count(answer, "first_bad_seq"), count(answer, "rows"), member(answer, "reason"));
    puts("Keep this database as it is, and compare it with the last backup.");
    return EXIT_REFUSED;
}

int medscribe_account_audit_verify(const struct options *options)
{
    struct draft draft;
    medscribe_request_init(&draft, ROUTE_HOST_AUDIT_VERIFY);
    int status = ask(options, &draft, show_audit);
    medscribe_request_free(&draft);
    return status;
}
