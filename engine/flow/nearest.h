#ifndef MEND_FLOW_NEAREST_H
#define MEND_FLOW_NEAREST_H

/* "Did you mean": how far two words are from each other, in letters to change,
 * add, leave out or swap with the next. Words beyond 63 bytes are far from
 * everything. */
int word_distance(const char *one, const char *other);
/* Whether it is worth asking: a third of the word's letters, at most 3. */
int word_distance_max(const char *word);

#endif
