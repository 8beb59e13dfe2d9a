#include "main/worker_pdf.h"

#include "os/channel.h"
#include "os/sandbox.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    PDF_MEMORY_BYTES = 768 << 20, /* its own, beside the worker's; never more than the worker's */
    PDF_DESCRIPTORS = 32,
    ABOVE_STANDARD = 16, /* descriptors away from 0, 1, 2 */
};

static char size[16], last[16];
static const char pdftoppm[] = "/usr/bin/pdftoppm", pdftotext[] = "/usr/bin/pdftotext";
static char *const draw[] = {"pdftoppm", "-q", "-gray", "-scale-to", size, "-l", last, "-", NULL};
static char *const tell[] = {"pdftotext", "-q", "-tsv", "-l", last, "-", "-", NULL};

static struct err confine(const char *program)
{
    static const char *const wanted[] = {"/usr", "/lib", "/lib64", "/etc/fonts", "/etc/ld.so.cache", "/var/cache/fontconfig"};
    const char *there[sizeof wanted / sizeof *wanted];
    struct sandbox_paths paths = {.readable = there, .program = program};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (access(wanted[i], R_OK) == 0) there[paths.readable_count++] = wanted[i];
    TRY(sandbox_limits(PDF_MEMORY_BYTES, PDF_CPU_SECONDS, 1, PDF_DESCRIPTORS));
    if (setrlimit(RLIMIT_NPROC, &(struct rlimit){0}) != 0) return FAIL(SANDBOX);
    return sandbox_enter(SANDBOX_FOREIGN, &paths);
}

/* In the child: two pipes and nowhere for its complaints, no environment, its own sandbox; ends with this process. */
static _Noreturn void become(const char *program, char *const *arguments, int in, int out, pid_t parent)
{
    static char *const environment[] = {"LANG=C.UTF-8", NULL};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int high_in = fcntl(in, F_DUPFD, ABOVE_STANDARD), high_out = fcntl(out, F_DUPFD, ABOVE_STANDARD), high_nothing = fcntl(nothing, F_DUPFD, ABOVE_STANDARD);
    bool ok = getppid() == parent && dup2(high_in, 0) == 0 && dup2(high_out, 1) == 1 && dup2(high_nothing, 2) == 2 && close_range(3, ~0u, 0) == 0;
    if (ok && !err_failed(confine(program))) execve(program, arguments, environment);
    _exit(PDF_CANNOT_START);
}

static bool start(const char *program, char *const *arguments, struct pdf_program *program_out)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    pid_t parent = getpid(), pid = -1;
    *program_out = (struct pdf_program){.to = -1, .from = -1};
    if (access(program, X_OK) != 0) return false;
    if (pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0) pid = fork();
    if (pid == 0) become(program, arguments, in[0], out[1], parent);
    fd_close(&in[0]);
    fd_close(&out[1]);
    if (pid > 0) {
        *program_out = (struct pdf_program){.pid = pid, .to = in[1], .from = out[0]};
    } else {
        fd_close(&in[1]);
        fd_close(&out[0]);
    }
    return pid > 0;
}

bool worker_pdf_start(struct pdf_programs *programs_out)
{
    snprintf(size, sizeof size, "%d", PDF_LONG_SIDE);
    snprintf(last, sizeof last, "%d", PDF_MAX_PAGES + 1);
    bool drawn = start(pdftoppm, draw, &programs_out->draw);
    if (drawn) (void)start(pdftotext, tell, &programs_out->tell);
    return drawn;
}
