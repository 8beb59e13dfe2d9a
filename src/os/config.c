#include "os/config.h"

#include "base/num.h"
#include "base/utf8.h"
#include "os/config_rules.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>

enum type { TEXT, INTEGER, BOOL, CHOICE };

static const struct setting {
    const char *name, *default_value, *summary;
    int64_t min, max;
    enum type type;
} table[CONFIG_COUNT] = {
#define S(name_, type_, default_, min_, max_, summary_) \
    [CONFIG_##name_] = {.name = #name_, .default_value = (default_), .summary = (summary_), .min = (min_), .max = (max_), .type = (type_)},
#include "os/config.def"
#undef S
};

struct config {
    char *text[CONFIG_COUNT];
    int64_t number[CONFIG_COUNT];
};

static void say(struct buf *message, const char *const *parts)
{
    buf_reset(message);
    for (; *parts != NULL; parts++) buf_put_text(message, *parts);
}
#define SAY(message, ...) say((message), (const char *const[]){__VA_ARGS__, NULL})

static void free_text(char *text)
{
    if (text != NULL) explicit_bzero(text, strlen(text));
    free(text);
}

void config_free(struct config *config)
{
    if (config == NULL) return;
    for (size_t i = 0; i < CONFIG_COUNT; i++) free_text(config->text[i]);
    free(config);
}

const char *config_text(const struct config *config, enum config_name name) { return config->text[name]; }
int64_t config_integer(const struct config *config, enum config_name name) { return config->number[name]; }
bool config_bool(const struct config *config, enum config_name name) { return config->number[name] != 0; }

static size_t find(const char *name)
{
    size_t i = 0;
    while (i < CONFIG_COUNT && strcmp(table[i].name, name) != 0) i++;
    return i;
}

/* The next word of "first|second|…"; moves on, false at the end. */
static bool next_word(const char **at, struct span *word_out)
{
    if (**at == '\0') return false;
    size_t n = strcspn(*at, "|");
    *word_out = span_of(*at, n);
    *at += n + ((*at)[n] == '|');
    return true;
}

static bool parse_choice(const struct setting *setting, struct span value, int64_t *number_out)
{
    const char *at = setting->default_value;
    struct span word;
    for (int64_t i = 0; next_word(&at, &word); i++)
        if (span_equal(word, value)) {
            *number_out = i;
            return true;
        }
    return false;
}

static bool is_plain_text(struct span text)
{
    for (size_t at = 0; at < text.n;)
        if (utf8_is_control(utf8_next(text, &at))) return false;
    return utf8_valid(text);
}

static bool value_fits(const struct setting *setting, const char *text, int64_t *number_out)
{
    struct span value = span_text(text);
    *number_out = 0;
    switch (setting->type) {
    case TEXT: return value.n >= (size_t)setting->min && value.n <= (size_t)setting->max && is_plain_text(value);
    case INTEGER: return num_i64(value, setting->min, setting->max, number_out);
    case BOOL: *number_out = span_is(value, "yes"); return *number_out != 0 || span_is(value, "no");
    case CHOICE: return parse_choice(setting, value, number_out);
    }
    return false;
}

/* "give a number from 1 to 24", for the end of a message */
static void put_mend(const struct setting *setting, struct buf *out)
{
    const char *at = setting->default_value;
    struct span word;
    switch (setting->type) {
    case TEXT:
        buf_put_text(out, "give plain text of at most ");
        buf_put_i64(out, setting->max);
        buf_put_text(out, " bytes");
        break;
    case INTEGER:
        buf_put_text(out, "give a whole number from ");
        buf_put_i64(out, setting->min);
        buf_put_text(out, " to ");
        buf_put_i64(out, setting->max);
        break;
    case BOOL: buf_put_text(out, "say yes or no"); break;
    case CHOICE:
        buf_put_text(out, "choose one of");
        for (const char *comma = " "; next_word(&at, &word); comma = ", ") {
            buf_put_text(out, comma);
            buf_put_span(out, word);
        }
    }
}

static struct err set(struct config *config, const char *from, size_t name, const char *value, struct buf *message)
{
    const struct setting *setting = &table[name];
    int64_t number;
    const char *mend = config_rules_single((enum config_name)name, value);
    if (!value_fits(setting, value, &number) || mend != NULL) {
        SAY(message, from, setting->name, ": this value is not allowed; ", mend != NULL ? mend : "");
        if (mend == NULL) put_mend(setting, message);
        return FAIL(CONFIG);
    }
    char *copy = strdup(value);
    if (copy == NULL) return FAIL(OUT_OF_MEMORY);
    free_text(config->text[name]);
    config->text[name] = copy;
    config->number[name] = number;
    return OK;
}

static struct config *with_defaults(void)
{
    struct config *config = calloc(1, sizeof *config);
    for (size_t i = 0; config != NULL && i < CONFIG_COUNT; i++) {
        const struct setting *setting = &table[i];
        size_t n = setting->type == CHOICE ? strcspn(setting->default_value, "|") : strlen(setting->default_value);
        config->text[i] = strndup(setting->default_value, n);
        if (config->text[i] == NULL || !value_fits(setting, config->text[i], &config->number[i])) {
            config_free(config);
            return NULL;
        }
    }
    return config;
}

struct err config_set(struct config *config, const char *name, const char *value, struct buf *message_out)
{
    size_t i = find(name);
    if (i < CONFIG_COUNT) return set(config, "--set ", i, value, message_out);
    SAY(message_out, "--set ", name, ": there is no such setting; see docs/configuration.md");
    return FAIL(CONFIG);
}

struct err config_check(const struct config *config, struct buf *message_out)
{
    const char *complaint = config_rules_together(config);
    if (complaint == NULL) return OK;
    SAY(message_out, complaint);
    return FAIL(CONFIG);
}

struct file_reading {
    struct config *config;
    struct buf *message;
    const char *file;
    bool seen[CONFIG_COUNT];
    struct err e;
};

static int take_line(void *user, const char *section, const char *name, const char *value)
{
    struct file_reading *f = user;
    char from[CONFIG_TEXT_MAX + 8];
    snprintf(from, sizeof from, "%s: ", f->file);
    f->e = FAIL(CONFIG);
    size_t i = find(name);
    if (section[0] != '\0') SAY(f->message, from, "[", section, "]: there are no sections; remove this line");
    else if (i == CONFIG_COUNT) SAY(f->message, from, name, ": there is no such setting; correct its name or remove the line");
    else if (f->seen[i]) SAY(f->message, from, name, ": is given twice; keep one of the lines");
    else f->e = set(f->config, from, i, value, f->message);
    if (i < CONFIG_COUNT) f->seen[i] = true;
    return !err_failed(f->e);
}

static struct err read_file(struct file_reading *f)
{
    ini_use_stack = false; /* lines as long as our longest value, none cut in silence */
    ini_allow_realloc = true;
    ini_max_line = CONFIG_TEXT_MAX + 256;
    ini_allow_multiline = false;
    ini_allow_inline_comments = false; /* a ';' may stand in a password */
    ini_stop_on_first_error = true;
    int line = ini_parse(f->file, take_line, f);
    if (line == 0 || err_failed(f->e)) return f->e;
    if (line == -1) SAY(f->message, f->file, ": ", strerror(errno), "; name a configuration file that can be read");
    else {
        SAY(f->message, f->file, ": line ");
        buf_put_i64(f->message, line);
        buf_put_text(f->message, " is not `name = value`; correct or remove it");
    }
    return FAIL(CONFIG);
}

/* MEDSCRIBE_NAME of every setting that the file did not give; the environment's copy is wiped either way. */
static struct err read_environment(struct config *config, const bool *seen, struct buf *message)
{
    struct err e = OK;
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        char name[64] = "MEDSCRIBE_";
        size_t n = strlen(name);
        for (const char *c = table[i].name; *c != '\0' && n < sizeof name - 1; c++)
            name[n++] = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
        name[n] = '\0';
        char *value = getenv(name);
        if (value == NULL) continue;
        if (!seen[i] && !err_failed(e)) {
            char from[96];
            snprintf(from, sizeof from, "environment %s, ", name);
            e = set(config, from, i, value, message);
        }
        explicit_bzero(value, strlen(value));
        unsetenv(name);
    }
    return e;
}

struct err config_load(const char *file, struct config **config_out, struct buf *message_out)
{
    struct file_reading f = {.config = with_defaults(), .message = message_out, .file = file};
    if (f.config == NULL) return FAIL(OUT_OF_MEMORY);
    struct err e = file != NULL ? read_file(&f) : OK;
    struct err e2 = read_environment(f.config, f.seen, message_out);
    if (!err_failed(e)) e = e2;
    if (err_failed(e)) config_free(f.config);
    else *config_out = f.config;
    return e;
}

void config_put(const struct config *config, struct buf *out)
{
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        buf_put(out, table[i].name, strlen(table[i].name) + 1);
        buf_put(out, config->text[i], strlen(config->text[i]) + 1);
    }
}

static struct span take_text(struct span *bytes)
{
    size_t n = bytes->n == 0 ? 0 : strnlen((const char *)bytes->p, bytes->n);
    struct span text = span_sub(*bytes, 0, n);
    if (n == bytes->n) text = SPAN_NONE; /* no end */
    *bytes = span_sub(*bytes, n + 1, bytes->n);
    return text;
}

struct err config_take(struct span bytes, struct config **config_out)
{
    struct buf message = BUF_WITH_MAX(2 * CONFIG_TEXT_MAX);
    struct config *config = with_defaults();
    if (config == NULL) return FAIL(OUT_OF_MEMORY);
    struct err e = OK;
    while (bytes.n > 0 && !err_failed(e)) {
        struct span name = take_text(&bytes), value = take_text(&bytes);
        size_t i = name.p == NULL || value.p == NULL ? CONFIG_COUNT : find((const char *)name.p);
        e = i == CONFIG_COUNT ? FAIL(BAD_FRAME) : set(config, "", i, (const char *)value.p, &message);
    }
    buf_free(&message);
    if (err_failed(e)) config_free(config);
    else *config_out = config;
    return e;
}

static void put_type(const struct setting *setting, struct buf *out)
{
    const char *at = setting->default_value;
    struct span word;
    switch (setting->type) {
    case TEXT: buf_put_text(out, "text"); break;
    case BOOL: buf_put_text(out, "yes or no"); break;
    case INTEGER:
        buf_put_i64(out, setting->min);
        buf_put_text(out, " … ");
        buf_put_i64(out, setting->max);
        break;
    case CHOICE:
        for (const char *comma = ""; next_word(&at, &word); comma = ", ") {
            buf_put_text(out, comma);
            buf_put_span(out, word);
        }
    }
}

static void put_default(const struct setting *setting, struct buf *out)
{
    buf_put(out, setting->default_value,
            setting->type == CHOICE ? strcspn(setting->default_value, "|") : strlen(setting->default_value));
}

void config_put_reference(struct buf *out)
{
    buf_put_text(out, "# Settings\n\n"
                      "Generated from `src/os/config.def` by `medscribed --config-reference`.\n\n"
                      "A setting is read from the configuration file (`medscribed --config FILE`, lines of `name = value`, `#` begins a\n"
                      "comment line), else from the environment (`MEDSCRIBE_` and the name in capitals), else it has its default.\n"
                      "`--set name=value` wins over all three. A wrong setting ends the start with exit status 78 and one line that names it.\n\n"
                      "| setting | values | default | what it does |\n|---|---|---|---|\n");
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        buf_put_text(out, "| `");
        buf_put_text(out, table[i].name);
        buf_put_text(out, "` | ");
        put_type(&table[i], out);
        buf_put_text(out, table[i].default_value[0] != '\0' ? " | `" : " | ");
        put_default(&table[i], out);
        buf_put_text(out, table[i].default_value[0] != '\0' ? "` | " : "| ");
        buf_put_text(out, table[i].summary);
        buf_put_text(out, " |\n");
    }
}

void config_put_example(struct buf *out)
{
    buf_put_text(out, "# Every setting with its default; take the `#` away to change one.\n");
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        buf_put_text(out, "\n# ");
        buf_put_text(out, table[i].summary);
        buf_put_text(out, " (");
        put_type(&table[i], out);
        buf_put_text(out, ")\n#");
        buf_put_text(out, table[i].name);
        buf_put_text(out, " = ");
        put_default(&table[i], out);
        buf_put_byte(out, '\n');
    }
}
