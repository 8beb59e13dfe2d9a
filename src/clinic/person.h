/* What somebody said, told of the patient: "i've been having pain in my knee" is "The patient has been having pain in her
   knee". Only pronouns, their verbs and a few idioms change; every other word stays as spoken. */
#ifndef MEDSCRIBE_CLINIC_PERSON_H
#define MEDSCRIBE_CLINIC_PERSON_H
#include "clinic/talk.h"

/* As `pronoun`: told to the patient instead. What the doctor said stays in the second person, what the patient said becomes it. */
enum { PERSON_ADDRESSED = '2' };
/* Words [from, to) of a sentence. The text begins with a capital and has no full stop. */
void person_put(struct buf *out, const struct talk_sentence *sentence, size_t from, size_t to, enum talk_speaker speaker, char pronoun, bool capital);

#endif
