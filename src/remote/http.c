#include "remote/http.h"

#include "base/clock.h"
#include "base/json.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TURN_MS = 250, BACKOFF_MS = 500, BACKOFF_MAX_MS = 20000, STATUS_OK = 200, ANSWER_VALUES_MAX = 1 << 17 /* of ten minutes of speech 30,000; each may cost 200 bytes */ };

#define USER_AGENT "MedScribe"

/* One try. */
struct try {
    struct remote_server *server;
    const struct remote_request *request;
    struct buf *answer;
    CURL *easy;
    size_t header_bytes;
    curl_off_t up, up_whole, down;
    int64_t moved_us; /* when bytes last went one way or the other */
    bool address_refused, too_large;
    char said[CURL_ERROR_SIZE];
};

struct err remote_http_start(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? OK : FAIL(OUT_OF_MEMORY);
}

/* ---- what libcurl asks of us */

static size_t take_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct try *try = arg;
    long status = 0;
    (void)size;
    curl_easy_getinfo(try->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status == STATUS_OK) buf_put(try->answer, bytes, n);
    else try->header_bytes += n; /* what an error says is nobody's business, and no longer than headers may be */
    try->too_large = try->answer->failed || try->header_bytes > REMOTE_HEADERS_MAX;
    return try->too_large ? 0 : n;
}

static size_t take_header(char *bytes, size_t size, size_t n, void *arg)
{
    struct try *try = arg;
    (void)bytes;
    (void)size;
    try->header_bytes += n;
    try->too_large = try->header_bytes > REMOTE_HEADERS_MAX;
    return try->too_large ? 0 : n;
}

/* After the name was looked up and before anything is sent: a name that leads to where it must not is not followed. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct try *try = arg;
    if (purpose != CURLSOCKTYPE_IPCXN || !server_address_allowed(&to->addr, try->server->url.is_loopback)) {
        try->address_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static int see_progress(void *arg, curl_off_t down_whole, curl_off_t down, curl_off_t up_whole, curl_off_t up)
{
    struct try *try = arg;
    (void)down_whole;
    if (down != try->down || up != try->up) try->moved_us = clock_monotonic_us();
    try->down = down;
    try->up = up;
    try->up_whole = up_whole;
    return 0;
}

/* A form's value in two spans, read without a copy. */
struct reading {
    const struct remote_part *part;
    size_t at;
};

static size_t read_part(char *to, size_t size, size_t n, void *arg)
{
    struct reading *reading = arg;
    const struct span *value = reading->part->value;
    bool first = reading->at < value[0].n;
    struct span rest = first ? span_sub(value[0], reading->at, value[0].n) : span_sub(value[1], reading->at - value[0].n, value[1].n);
    rest = span_sub(rest, 0, size * n);
    if (rest.n > 0) memcpy(to, rest.p, rest.n);
    reading->at += rest.n;
    return rest.n;
}

static int seek_part(void *arg, curl_off_t offset, int origin)
{
    struct reading *reading = arg;
    if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
    reading->at = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

/* ---- a request as libcurl wants it */

#define SET(option, value) (good = curl_easy_setopt(easy, CURLOPT_##option, (value)) == CURLE_OK && good)

static bool set_limits(CURL *easy, struct try *try)
{
    const struct remote_server *server = try->server;
    struct curl_blob authorities = {.data = (void *)(uintptr_t)server->authorities.p, .len = server->authorities.n, .flags = CURL_BLOB_NOCOPY};
    bool good = true;
    SET(PROTOCOLS_STR, server->url.is_tls ? "https" : "http");
    SET(FOLLOWLOCATION, 0L);
    SET(PROXY, "");
    SET(NOSIGNAL, 1L);
    SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(SSL_VERIFYPEER, 1L);
    SET(SSL_VERIFYHOST, 2L);
    SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CAPATH, NULL);
    SET(CAINFO, NULL);
    if (server->url.is_tls) SET(CAINFO_BLOB, &authorities);
    SET(CONNECTTIMEOUT_MS, (long)server->connect_ms);
    SET(TIMEOUT_MS, (long)(server->connect_ms + server->answer_ms));
    SET(OPENSOCKETFUNCTION, open_socket);
    SET(OPENSOCKETDATA, try);
    SET(WRITEFUNCTION, take_body);
    SET(WRITEDATA, try);
    SET(HEADERFUNCTION, take_header);
    SET(HEADERDATA, try);
    SET(NOPROGRESS, 0L);
    SET(XFERINFOFUNCTION, see_progress);
    SET(XFERINFODATA, try);
    SET(ERRORBUFFER, try->said);
    SET(USERAGENT, USER_AGENT);
    return good;
}

static curl_mime *form_of(CURL *easy, const struct remote_request *request, struct reading *readings)
{
    curl_mime *form = curl_mime_init(easy);
    bool good = form != NULL;
    for (size_t i = 0; i < request->part_count && good; i++) {
        const struct remote_part *from = &request->parts[i];
        curl_mimepart *to = curl_mime_addpart(form);
        readings[i] = (struct reading){.part = from};
        good = to != NULL && curl_mime_name(to, from->name) == CURLE_OK &&
               curl_mime_data_cb(to, (curl_off_t)(from->value[0].n + from->value[1].n), read_part, seek_part, NULL, &readings[i]) == CURLE_OK &&
               (from->file_name == NULL || curl_mime_filename(to, from->file_name) == CURLE_OK) &&
               (from->media_type == NULL || curl_mime_type(to, from->media_type) == CURLE_OK);
    }
    if (good) return form;
    curl_mime_free(form);
    return NULL;
}

static struct curl_slist *headers_of(const struct remote_server *server, bool json)
{
    const char *const lines[] = {"Accept: application/json", "Expect:", json ? "Content-Type: application/json" : NULL, server->authorization};
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (lines[i] == NULL) continue;
        struct curl_slist *longer = curl_slist_append(list, lines[i]);
        if (longer == NULL) {
            curl_slist_free_all(list);
            return NULL;
        }
        list = longer;
    }
    return list;
}

/* ---- running it */

static bool given_up(int channel, int wait_ms)
{
    struct pollfd p = {.fd = channel};
    return poll(&p, 1, wait_ms) > 0 && (p.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

/* Has nothing moved for too long? While the server thinks, only the whole time counts. */
static bool stands_still(const struct try *try)
{
    bool thinking = try->down == 0 && try->up > 0 && try->up >= try->up_whole;
    return !thinking && clock_monotonic_us() - try->moved_us > (try->server->connect_ms + try->server->idle_ms) * 1000;
}

static enum courier_failure failure_of(const struct try *try, CURLcode code)
{
    double ready = 0;
    if (try->address_refused) return FAILURE_ADDRESS;
    if (try->too_large) return FAILURE_TOO_LARGE;
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION: case CURLE_SSL_CONNECT_ERROR: case CURLE_SSL_CERTPROBLEM: case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE: case CURLE_SSL_ISSUER_ERROR: case CURLE_USE_SSL_FAILED: case CURLE_SSL_INVALIDCERTSTATUS:
        return FAILURE_CERTIFICATE;
    case CURLE_COULDNT_RESOLVE_HOST: case CURLE_COULDNT_CONNECT: return FAILURE_UNREACHABLE;
    case CURLE_OPERATION_TIMEDOUT:
        curl_easy_getinfo(try->easy, CURLINFO_PRETRANSFER_TIME, &ready);
        return ready > 0 ? FAILURE_TIMEOUT : FAILURE_UNREACHABLE;
    case CURLE_UNSUPPORTED_PROTOCOL: case CURLE_WEIRD_SERVER_REPLY: return FAILURE_BAD_ANSWER;
    default: return FAILURE_FAILED;
    }
}

static enum courier_failure failure_of_status(long status)
{
    if (status == STATUS_OK) return FAILURE_NONE;
    if (status >= 300 && status < 400) return FAILURE_REDIRECT;
    if (status == 401 || status == 403) return FAILURE_KEY;
    if (status == 404) return FAILURE_MODEL;
    if (status == 408 || status == 429 || status == 503) return FAILURE_BUSY;
    if (status >= 400 && status < 500) return FAILURE_REFUSED;
    return status >= 500 ? FAILURE_FAILED : FAILURE_BAD_ANSWER;
}

static enum courier_failure transfer(struct try *try, CURLM *multi)
{
    for (int running = 1;;) {
        if (curl_multi_perform(multi, &running) != CURLM_OK) return FAILURE_FAILED;
        if (running == 0) break;
        if (given_up(try->request->channel, 0)) return FAILURE_CANCELLED;
        if (stands_still(try)) return FAILURE_TIMEOUT;
        struct curl_waitfd channel = {.fd = try->request->channel}; /* wakes when it is closed, not when more is to be read */
        if (curl_multi_poll(multi, &channel, 1, TURN_MS, NULL) != CURLM_OK) return FAILURE_FAILED;
    }
    int left = 0;
    const CURLMsg *message = curl_multi_info_read(multi, &left);
    if (message == NULL || message->data.result != CURLE_OK) return failure_of(try, message == NULL ? CURLE_FAILED_INIT : message->data.result);
    long status = 0;
    curl_easy_getinfo(try->easy, CURLINFO_RESPONSE_CODE, &status);
    return failure_of_status(status);
}

/* Is it what we asked for, as far as can be said without reading it? */
static enum courier_failure check_answer(const struct try *try)
{
    const char *type = NULL;
    struct span answer = buf_span(try->answer);
    size_t values = 0;
    curl_easy_getinfo(try->easy, CURLINFO_CONTENT_TYPE, &type);
    if (type == NULL || strncasecmp(type, "application/json", 16) != 0) return FAILURE_BAD_ANSWER;
    for (size_t i = 0; i < answer.n; i++) values += answer.p[i] == ',' || answer.p[i] == '[' || answer.p[i] == '{';
    return values <= ANSWER_VALUES_MAX && json_valid(answer) ? FAILURE_NONE : FAILURE_BAD_ANSWER;
}

static enum courier_failure try_once(struct try *try, CURLM *multi)
{
    enum { PARTS_MAX = 16 };
    const struct remote_request *request = try->request;
    CURL *easy = try->easy;
    struct reading readings[PARTS_MAX];
    char url[SERVER_URL_BYTES + 64];
    bool good = true;
    snprintf(url, sizeof url, "%s%s", try->server->url.text, request->path);
    struct curl_slist *headers = headers_of(try->server, request->json.n > 0);
    curl_mime *form = request->part_count > 0 && request->part_count <= PARTS_MAX ? form_of(easy, request, readings) : NULL;
    good = headers != NULL && (form != NULL) == (request->part_count > 0) && set_limits(easy, try);
    SET(URL, url);
    SET(HTTPHEADER, headers);
    if (form != NULL) SET(MIMEPOST, form);
    if (request->json.n > 0) SET(POSTFIELDSIZE_LARGE, (curl_off_t)request->json.n);
    if (request->json.n > 0) SET(POSTFIELDS, request->json.p);
    enum courier_failure failure = FAILURE_FAILED;
    try->moved_us = clock_monotonic_us();
    if (good && curl_multi_add_handle(multi, easy) == CURLM_OK) {
        failure = transfer(try, multi);
        if (failure == FAILURE_NONE) failure = check_answer(try);
        curl_multi_remove_handle(multi, easy);
    }
    curl_mime_free(form);
    curl_slist_free_all(headers);
    return failure;
}

/* ---- tries */

static enum breaker_outcome outcome_of(enum courier_failure failure)
{
    switch (failure) {
    case FAILURE_CANCELLED: return BREAKER_UNKNOWN;
    case FAILURE_NONE: case FAILURE_KEY: case FAILURE_MODEL: case FAILURE_REFUSED: case FAILURE_BAD_ANSWER: case FAILURE_TOO_LARGE: return BREAKER_WORKED;
    default: return BREAKER_FAILED;
    }
}

/* Only where the server has not begun to work on it. */
static bool is_safe_to_repeat(enum courier_failure failure, long status)
{
    return failure == FAILURE_UNREACHABLE || (failure == FAILURE_BUSY && (status == 429 || status == 503));
}

static int wait_of(unsigned tries, long retry_after_s)
{
    uint16_t random = 0;
    IGNORE(getrandom(&random, sizeof random, 0) == sizeof random ? OK : FAIL(IO));
    long wait_ms = (long)BACKOFF_MS << tries;
    if (retry_after_s > 0) wait_ms = retry_after_s > BACKOFF_MAX_MS / 1000 ? BACKOFF_MAX_MS : retry_after_s * 1000;
    return (int)(wait_ms + random % (BACKOFF_MS / 2));
}

/* What the library said: for the operator, so printable and short. */
static void keep_said(const char *said, char detail[static COURIER_DETAIL_MAX + 1])
{
    size_t n = 0;
    for (; said[n] != '\0' && n < COURIER_DETAIL_MAX; n++) detail[n] = said[n] >= ' ' && said[n] <= '~' ? said[n] : '?';
    detail[n] = '\0';
}

enum courier_failure remote_http(struct remote_server *server, const struct remote_request *request, struct buf *answer,
                                 char detail[static COURIER_DETAIL_MAX + 1])
{
    detail[0] = '\0';
    if (!server->configured) return FAILURE_NOT_CONFIGURED;
    CURLM *multi = curl_multi_init();
    enum courier_failure failure = FAILURE_FAILED;
    for (unsigned tries = 0; multi != NULL && tries < REMOTE_TRIES; tries++) {
        struct try try = {.server = server, .request = request, .answer = answer};
        struct breaker_turn turn;
        long status = 0, after_s = 0;
        if (!breaker_admit(&server->breaker, clock_monotonic_us(), &turn)) {
            if (tries == 0) failure = FAILURE_PAUSED; /* else it is this call that failed: how, is more than that it is now paused */
            break;
        }
        buf_free(answer);
        answer->failed = false;
        try.easy = curl_easy_init();
        failure = try.easy != NULL ? try_once(&try, multi) : FAILURE_FAILED;
        breaker_report(&server->breaker, &turn, outcome_of(failure), clock_monotonic_us());
        if (try.easy != NULL) {
            curl_easy_getinfo(try.easy, CURLINFO_RESPONSE_CODE, &status);
            curl_easy_getinfo(try.easy, CURLINFO_RETRY_AFTER, &after_s);
            curl_easy_cleanup(try.easy);
        }
        keep_said(try.said, detail);
        if (!is_safe_to_repeat(failure, status) || tries + 1 == REMOTE_TRIES) break;
        if (given_up(request->channel, wait_of(tries, after_s))) {
            failure = FAILURE_CANCELLED;
            break;
        }
    }
    curl_multi_cleanup(multi);
    if (failure != FAILURE_NONE) buf_free(answer);
    return failure;
}
