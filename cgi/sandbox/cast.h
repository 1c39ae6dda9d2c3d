#ifndef MEND_SANDBOX_CAST_H
#define MEND_SANDBOX_CAST_H

#include <stddef.h>

/*
 * The people, places and shows that stories pick from. All are made up; phone
 * numbers and mail domains are those set aside for fiction (555-01xx, Ofcom's
 * drama numbers, RFC 2606).
 */
enum stage { STAGE_ARENA, STAGE_STADIUM, STAGE_THEATRE, STAGE_COUNT };

struct venue {
	const char *name;
	const char *city;
	const char *timezone;
	const char *jurisdiction;
	const char *currency;
	const char *phone; /* format of one number there, two digits free */
	enum stage stage;
	int utc_minutes; /* standard time; summer shows start an hour later */
};

struct show {
	const char *name;
	enum stage stage;
};

#define CAST_COUNT(table) (sizeof(table) / sizeof((table)[0]))

extern const struct venue cast_venues[];
extern const size_t cast_venue_count;
extern const struct show cast_shows[];
extern const size_t cast_show_count;
extern const char *const cast_first_names[];
extern const size_t cast_first_name_count;
extern const char *const cast_last_names[];
extern const size_t cast_last_name_count;
extern const char *const cast_sellers[];
extern const size_t cast_seller_count;
extern const char *const cast_theatre_sections[];
extern const size_t cast_theatre_section_count;
extern const char *const cast_disclosures[];
extern const size_t cast_disclosure_count;
extern const char *const cast_platforms[];
extern const size_t cast_platform_count;

#endif
