/* The checks of `medscribe doctor`. Each looks at one thing, changes nothing, and says what it found and how to mend it. */
#ifndef MEDSCRIBE_MAIN_MEDSCRIBE_DOCTOR_H
#define MEDSCRIBE_MAIN_MEDSCRIBE_DOCTOR_H
#include "main/medscribe.h"

enum verdict { VERDICT_OK, VERDICT_WARNING, VERDICT_WRONG };

struct findings {
    const struct options *options;
    struct json *json; /* NULL: text */
    unsigned warnings, wrongs;
};
/* mend: NULL when all is well. */
__attribute__((format(printf, 5, 6))) void medscribe_doctor_say(struct findings *f, enum verdict verdict, const char *subject,
                                                                const char *mend, const char *format, ...);

/* ---- medscribe_doctor_files.c */
void medscribe_doctor_files_folder(struct findings *f);
void medscribe_doctor_files_key(struct findings *f);
void medscribe_doctor_files_certificate(struct findings *f);
void medscribe_doctor_files_programs(struct findings *f);
void medscribe_doctor_files_models(struct findings *f);

/* ---- medscribe_doctor_host.c */
void medscribe_doctor_host_kernel(struct findings *f);
void medscribe_doctor_host_landlock(struct findings *f);
void medscribe_doctor_host_user(struct findings *f);
void medscribe_doctor_host_memory(struct findings *f);
void medscribe_doctor_host_space(struct findings *f);
void medscribe_doctor_host_clock(struct findings *f);
void medscribe_doctor_host_listen(struct findings *f);
void medscribe_doctor_host_database(struct findings *f);
void medscribe_doctor_host_scanner(struct findings *f);

/* ---- medscribe_doctor_servers.c: asks the model servers that are set, by a courier of its own */
void medscribe_doctor_servers(struct findings *f);

#endif
