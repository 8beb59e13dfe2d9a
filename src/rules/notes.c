#include "rules/notes.h"

const char *note_template_word(int64_t template)
{
    static const char *const words[NOTE_TEMPLATES] = {"soap", "progress", "referral", "after_visit"};
    return template >= 0 && template < NOTE_TEMPLATES ? words[template] : "unknown";
}

const char *note_status_word(int64_t status)
{
    static const char *const words[] = {"generating", "draft", "signed", "failed"};
    return status >= 0 && status <= NOTE_FAILED ? words[status] : "unknown";
}
