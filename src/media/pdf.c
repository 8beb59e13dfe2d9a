#include "media/pdf.h"

#include "base/clock.h"
#include "base/num.h"
#include "media/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HEADER_MAX_BYTES = 32, LOOK_AGAIN_MS = 5 };
/* One page more than are taken, to see that there are too many. */
static const size_t room_bytes = (PDF_MAX_PAGES + 1) * (size_t)(PDF_SIDE_MAX * PDF_SIDE_MAX + HEADER_MAX_BYTES);

struct exchange {
    struct pdf_program *program;
    struct span file; /* still to be sent */
    uint8_t *room;
    size_t n, room_bytes;
    int64_t deadline_us;
};

/* --- PGM --- */

/* A decimal number and the one character after it. */
static bool take_number(struct span *rest, char end, int *value_out)
{
    const uint8_t *stop = rest->n == 0 ? NULL : memchr(rest->p, end, rest->n < HEADER_MAX_BYTES ? rest->n : HEADER_MAX_BYTES);
    uint64_t value = 0;
    if (stop == NULL || !num_u64(span_of(rest->p, (size_t)(stop - rest->p)), 100 * 1000, &value)) return false;
    *value_out = (int)value;
    *rest = span_sub(*rest, (size_t)(stop - rest->p) + 1, rest->n);
    return true;
}

static bool is_side(int pixels) { return pixels >= PDF_SIDE_MIN && pixels <= PDF_SIDE_MAX; }

static bool take_page(struct span *rest, struct pdf_page *page)
{
    int white = 0;
    if (rest->n < 3 || memcmp(rest->p, "P5\n", 3) != 0) return false;
    *rest = span_sub(*rest, 3, rest->n);
    if (!take_number(rest, ' ', &page->width) || !take_number(rest, '\n', &page->height) || !take_number(rest, '\n', &white)) return false;
    if (white != 255 || !is_side(page->width) || !is_side(page->height)) return false;
    size_t bytes = (size_t)page->width * (size_t)page->height;
    if (rest->n < bytes) return false;
    page->grey = span_sub(*rest, 0, bytes);
    *rest = span_sub(*rest, bytes, rest->n);
    return true;
}

struct err pdf_parse(struct span output, struct pdf_pages *pages_out)
{
    pages_out->count = 0;
    while (output.n > 0) {
        if (pages_out->count == PDF_MAX_PAGES) return FAIL(TOO_LONG);
        if (!take_page(&output, &pages_out->page[pages_out->count])) return FAIL(UNPROCESSABLE_MEDIA);
        pages_out->count++;
    }
    return pages_out->count > 0 ? OK : FAIL(UNPROCESSABLE_MEDIA);
}

struct Pix *pdf_picture(const struct pdf_page *page)
{
    return picture_of_plane(page->grey.p, page->width, page->width, page->height);
}

void pdf_pages_free(struct pdf_pages *pages)
{
    if (pages->room != NULL) munmap(pages->room, room_bytes);
    *pages = (struct pdf_pages){0};
}

/* --- the exchange --- */

static void close_end(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static int milliseconds_left(const struct exchange *x)
{
    int64_t left = (x->deadline_us - clock_monotonic_us()) / 1000;
    return left > 0 ? (int)left + 1 : 0;
}

static bool would_wait(void) { return errno == EAGAIN || errno == EINTR; }

/* A program that ends before it has read everything is no error here: its end tells. */
static void send_some(struct exchange *x)
{
    ssize_t n = write(x->program->to, x->file.p, x->file.n);
    if (n < 0 && would_wait()) return;
    x->file = n < 0 ? SPAN_NONE : span_sub(x->file, (size_t)n, x->file.n);
    if (x->file.n == 0) close_end(&x->program->to);
}

/* Past the room nobody listens any more: the program is then told by its pipe. */
static void take_some(struct exchange *x)
{
    ssize_t n = read(x->program->from, x->room + x->n, x->room_bytes - x->n);
    if (n < 0 && would_wait()) return;
    x->n += n > 0 ? (size_t)n : 0;
    if (n <= 0 || x->n == x->room_bytes) close_end(&x->program->from);
}

/* Both ways at once: the program may write before it has read all, and neither may wait for the other. */
static bool converse(struct exchange *x)
{
    if (x->file.n == 0) close_end(&x->program->to);
    while (x->program->from >= 0) {
        struct pollfd ends[] = {{.fd = x->program->from, .events = POLLIN}, {.fd = x->program->to, .events = POLLOUT}};
        int left = milliseconds_left(x);
        if (left == 0) return false;
        if (poll(ends, 2, left) < 0 && errno != EINTR) return false;
        if (ends[1].revents != 0) send_some(x);
        if (ends[0].revents != 0) take_some(x);
    }
    close_end(&x->program->to);
    return true;
}

static bool await_end(const struct exchange *x, int *status_out)
{
    for (;;) {
        pid_t pid = waitpid(x->program->pid, status_out, WNOHANG);
        if (pid == x->program->pid) return true;
        if ((pid < 0 && errno != EINTR) || milliseconds_left(x) == 0) return false;
        poll(NULL, 0, LOOK_AGAIN_MS);
    }
}

/* How it ended, when not well. poppler aborts when it gets no memory. */
static struct err judge(int status, const char **reason_out)
{
    if (WIFEXITED(status)) {
        if (WEXITSTATUS(status) == PDF_CANNOT_START) return FAIL(UNSUPPORTED_TYPE);
        return WEXITSTATUS(status) == 0 ? OK : FAIL(UNPROCESSABLE_MEDIA);
    }
    switch (WTERMSIG(status)) {
    case SIGXCPU: *reason_out = "killed_time"; break;
    case SIGKILL: case SIGABRT: *reason_out = "killed_memory"; break;
    case SIGSYS: *reason_out = "killed_forbidden"; break;
    default: break;
    }
    return FAIL(UNPROCESSABLE_MEDIA);
}

static bool make_pipes_patient(const struct pdf_program *program)
{
    signal(SIGPIPE, SIG_IGN);
    return fcntl(program->to, F_SETFL, O_NONBLOCK) == 0 && fcntl(program->from, F_SETFL, O_NONBLOCK) == 0;
}

struct err pdf_exchange(struct pdf_program *program, struct span file, uint8_t *room, size_t bytes, unsigned seconds, size_t *n_out, const char **reason_out)
{
    struct exchange x = {.program = program, .file = file, .room = room, .room_bytes = bytes, .deadline_us = clock_monotonic_us() + SECONDS_US(seconds)};
    int status = 0;
    bool ended = make_pipes_patient(program) && converse(&x) && await_end(&x, &status);
    close_end(&program->to);
    close_end(&program->from);
    if (!ended) {
        *reason_out = "killed_time"; /* it is, when this worker ends */
        return FAIL(UNPROCESSABLE_MEDIA);
    }
    *n_out = x.n;
    return x.n == bytes ? FAIL(TOO_LONG) : judge(status, reason_out);
}

struct err pdf_read(struct pdf_program *program, struct span file, struct pdf_pages *pages_out, const char **reason_out)
{
    *pages_out = (struct pdf_pages){0};
    void *room = mmap(NULL, room_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) return FAIL(OUT_OF_MEMORY);
    pages_out->room = room;
    size_t n = 0;
    TRY(pdf_exchange(program, file, room, room_bytes, PDF_WALL_SECONDS, &n, reason_out));
    return pdf_parse(span_of(room, n), pages_out);
}
