#include "main/medscribe_doctor.h"

#include "base/json.h"
#include "os/channel.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static const char *const verdict_words[] = {[VERDICT_OK] = "ok", [VERDICT_WARNING] = "warning", [VERDICT_WRONG] = "wrong"};

void medscribe_doctor_say(struct findings *f, enum verdict verdict, const char *subject, const char *mend, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (verdict == VERDICT_WARNING) f->warnings++;
    if (verdict == VERDICT_WRONG) f->wrongs++;
    if (f->json != NULL) {
        json_object(f->json);
        json_put_word(f->json, "check", subject);
        json_put_word(f->json, "state", verdict_words[verdict]);
        json_put_word(f->json, "found", text);
        json_put_word(f->json, "mend", mend);
        json_object_end(f->json);
        return;
    }
    printf("%-8s %-14s %s\n", verdict_words[verdict], subject, text);
    if (mend != NULL) printf("         %-14s → %s\n", "", mend);
}

static void check_settings(struct findings *f)
{
    struct buf message = BUF_WITH_MAX(8192);
    if (err_failed(config_check(f->options->config, &message)))
        medscribe_doctor_say(f, VERDICT_WRONG, "settings", "change that setting", "%.*s", (int)message.n, (const char *)message.p);
    else
        medscribe_doctor_say(f, VERDICT_OK, "settings", NULL, "profile %s", config_text(f->options->config, CONFIG_profile));
    buf_free(&message);
}

int medscribe_doctor(const struct options *options)
{
    static void (*const checks[])(struct findings *) = {
        check_settings, medscribe_doctor_files_folder, medscribe_doctor_files_key, medscribe_doctor_files_certificate,
        medscribe_doctor_files_programs, medscribe_doctor_files_models, medscribe_doctor_host_listen, medscribe_doctor_host_database, medscribe_doctor_host_scanner,
        medscribe_doctor_host_user, medscribe_doctor_host_kernel, medscribe_doctor_host_landlock, medscribe_doctor_host_memory,
        medscribe_doctor_host_space, medscribe_doctor_host_clock, medscribe_doctor_servers,
    };
    struct buf text = BUF_WITH_MAX(256 * 1024);
    struct json json = JSON_TO(&text);
    struct findings f = {.options = options, .json = options->json ? &json : NULL};
    if (options->json) {
        json_object(&json);
        json_key(&json, "checks");
        json_array(&json);
    }
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) checks[i](&f);
    if (options->json) {
        json_array_end(&json);
        json_put_bool(&json, "ok", f.wrongs == 0);
        json_put_i64(&json, "warnings", f.warnings);
        json_put_i64(&json, "wrong", f.wrongs);
        json_object_end(&json);
        buf_put_byte(&text, '\n');
        IGNORE(channel_write(STDOUT_FILENO, buf_span(&text)));
    } else {
        printf("%u wrong, %u warnings\n", f.wrongs, f.warnings);
    }
    buf_free(&text);
    return f.wrongs == 0 ? EXIT_DONE : EXIT_REFUSED;
}
