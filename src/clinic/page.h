/* The words of an input and the lines they stand in: the page of a prescription, or the utterances of a transcript. */
#ifndef MEDSCRIBE_CLINIC_PAGE_H
#define MEDSCRIBE_CLINIC_PAGE_H
#include "clinic/clinic.h"

struct page_line {
    size_t first, count;  /* words */
    struct span text;     /* the words joined by one space */
    const size_t *starts; /* where each word begins in text */
};
struct page {
    const struct clinic_word *words;
    size_t word_count;
    struct page_line *lines;
    size_t line_count;
};

/* From recognised words, or, when word_count is 0, from the text: then every '\n' ends a line. */
struct err page_read(struct arena *arena, struct span text, const struct clinic_word *words, size_t word_count, struct page *out);
/* The word of `line` that holds byte `at` of its text, counted over the whole input. */
size_t page_word_at(const struct page_line *line, size_t at);

#endif
