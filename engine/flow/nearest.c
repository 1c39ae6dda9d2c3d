/*
 * Why: most unknown members are known ones with a slip of the finger, and who
 * made it does not see it.
 */
#include "nearest.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#define LENGTH_MAX 63

static int least(int a, int b, int c)
{
	int m = a < b ? a : b;

	return m < c ? m : c;
}

int word_distance(const char *one, const char *other)
{
	int row[3][LENGTH_MAX + 1];
	size_t n = strlen(one), m = strlen(other), i, k;

	if (n > LENGTH_MAX || m > LENGTH_MAX)
		return INT_MAX;
	if (strcasecmp(one, other) == 0)
		return 0;
	for (k = 0; k <= m; k++)
		row[0][k] = (int)k;
	for (i = 1; i <= n; i++) {
		int *above = row[(i + 2) % 3], *now = row[i % 3];

		now[0] = (int)i;
		for (k = 1; k <= m; k++) {
			int same = one[i - 1] == other[k - 1];

			now[k] = least(above[k] + 1, now[k - 1] + 1,
				       above[k - 1] + !same);
			if (i > 1 && k > 1 && one[i - 1] == other[k - 2] &&
			    one[i - 2] == other[k - 1] &&
			    row[(i + 1) % 3][k - 2] + 1 < now[k])
				now[k] = row[(i + 1) % 3][k - 2] + 1;
		}
	}
	return row[n % 3][m];
}

int word_distance_max(const char *word)
{
	size_t third = strlen(word) / 3;

	return third < 1 ? 1 : third > 3 ? 3 : (int)third;
}
