#include "rules/scanner.h"

#include "base/buf.h"
#include "os/channel.h"
#include "os/config.h"
#include "rules/offload.h"

#include <endian.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_SECONDS = 120 /* clamd's own ReadTimeout and MaxScanTime default */, ANSWER_MAX = 512 };

static struct err send_length(int fd, size_t n)
{
    uint32_t length = htobe32((uint32_t)n);
    return channel_write(fd, span_of(&length, sizeof length));
}

/* --- on a thread of the pool: these block */

static struct err connect_to(void *arg)
{
    struct scan *scan = arg;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(scan->socket) >= sizeof address.sun_path) return FAIL(SCANNER);
    memcpy(address.sun_path, scan->socket, strlen(scan->socket) + 1);
    scan->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct timeval limit = {.tv_sec = ANSWER_SECONDS};
    bool good = scan->fd >= 0 && setsockopt(scan->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0 &&
                setsockopt(scan->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
                connect(scan->fd, (const struct sockaddr *)&address, sizeof address) == 0;
    return good ? channel_write(scan->fd, span_of("zINSTREAM", sizeof "zINSTREAM")) : FAIL(SCANNER);
}

static struct err pass_on(void *arg)
{
    struct scan *scan = arg;
    TRY(send_length(scan->fd, scan->piece.n));
    return channel_write(scan->fd, scan->piece);
}

static bool ends_with(struct span text, const char *end)
{
    size_t n = strlen(end);
    return text.n >= n && memcmp(text.p + text.n - n, end, n) == 0;
}

/* "stream: Eicar-Signature FOUND": the name in letters that may stand in a log. */
static void take_name(struct scan *scan, struct span answer)
{
    size_t n = 0;
    for (size_t i = 0; i + strlen(" FOUND") < answer.n && n < SCAN_NAME_MAX; i++) {
        uint8_t c = answer.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_';
        if (c == ' ') n = 0; /* the last word before FOUND */
        else scan->found[n++] = plain ? (char)c : '_';
    }
    if (n == 0) memcpy(scan->found, "unnamed", n = strlen("unnamed"));
    scan->found[n] = '\0';
}

static struct err read_verdict(void *arg)
{
    struct scan *scan = arg;
    uint8_t answer[ANSWER_MAX];
    size_t n = 0;
    TRY(send_length(scan->fd, 0));
    for (ssize_t got = 1; got > 0 && n < sizeof answer && (n == 0 || answer[n - 1] != 0); n += got > 0 ? (size_t)got : 0)
        got = read(scan->fd, answer + n, sizeof answer - n);
    struct span text = span_of(answer, n > 0 && answer[n - 1] == 0 ? n - 1 : 0);
    if (ends_with(text, " FOUND")) take_name(scan, text);
    else if (!ends_with(text, " OK")) return FAIL(SCANNER);
    return OK;
}

/* --- on the call's fiber */

static struct err run(struct call *call, struct scan *scan, struct err (*step)(void *))
{
    if (scan->socket == NULL) return OK;
    struct err e = call_offload(call, call_core(call)->scanning, step, scan);
    if (!err_failed(e) || e.code == ERR_OVERLOADED) return e;
    scan_close(scan);
    if (call_core(call)->log != NULL) call_core(call)->log("warning", "the virus scanner does not answer: see malware_scanner");
    if (strcmp(config_text(call_core(call)->config, CONFIG_malware_scanner_down), "refuse") == 0) return FAIL(SCANNER);
    scan->socket = NULL;
    scan->unscanned = true;
    return OK;
}

struct err scan_begin(struct call *call, struct scan *scan_out)
{
    const char *socket = config_text(call_core(call)->config, CONFIG_malware_scanner);
    *scan_out = (struct scan){.socket = socket[0] == '\0' ? NULL : socket, .fd = -1};
    return run(call, scan_out, connect_to);
}

struct err scan_put(struct call *call, struct scan *scan, struct span bytes)
{
    scan->piece = bytes;
    return run(call, scan, pass_on);
}

struct err scan_end(struct call *call, struct scan *scan) { return run(call, scan, read_verdict); }

void scan_close(struct scan *scan) { fd_close(&scan->fd); }
