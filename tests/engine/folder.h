#ifndef MEND_TESTS_FOLDER_H
#define MEND_TESTS_FOLDER_H

/* Removes a folder that a test has made, with all that is in it. */
void folder_remove(const char *path);

#endif
