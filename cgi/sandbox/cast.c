/*
 * The tables behind cast.h. A row may be added anywhere; it changes which
 * orders meet whom, never what is broken about them.
 */
#include "cgi/sandbox/cast.h"

#define US "+1 555 01%02d"
#define UK "+44 20 7946 09%02d"
#define IE "+353 20 910 00%02d"
#define DE "+49 30 23125 0%02d"
#define FR "+33 1 99 00 12 %02d"
#define NL "+31 85 083 99%02d"

const struct venue cast_venues[] = {
	{"Harbor Point Arena", "Baltimore", "America/New_York", "US-MD", "USD",
	 US, STAGE_ARENA, -300},
	{"Lakefront Pavilion", "Chicago", "America/Chicago", "US-IL", "USD", US,
	 STAGE_ARENA, -360},
	{"Mesa Ridge Stadium", "Phoenix", "America/Phoenix", "US-AZ", "USD", US,
	 STAGE_STADIUM, -420},
	{"Orpheum on Fifth", "New York", "America/New_York", "US-NY", "USD", US,
	 STAGE_THEATRE, -300},
	{"Golden Bay Field", "San Francisco", "America/Los_Angeles", "US-CA",
	 "USD", US, STAGE_STADIUM, -480},
	{"Northgate Arena", "Manchester", "Europe/London", "GB", "GBP", UK,
	 STAGE_ARENA, 0},
	{"The Alderman Theatre", "London", "Europe/London", "GB", "GBP", UK,
	 STAGE_THEATRE, 0},
	{"Clydeside Park", "Glasgow", "Europe/London", "GB", "GBP", UK,
	 STAGE_STADIUM, 0},
	{"Liffey Hall", "Dublin", "Europe/Dublin", "IE", "EUR", IE, STAGE_ARENA,
	 0},
	{"Spreehalle", "Berlin", "Europe/Berlin", "DE", "EUR", DE, STAGE_ARENA,
	 60},
	{"Théâtre des Tuileries", "Paris", "Europe/Paris", "FR", "EUR", FR,
	 STAGE_THEATRE, 60},
	{"Westhaven Arena", "Amsterdam", "Europe/Amsterdam", "NL", "EUR", NL,
	 STAGE_STADIUM, 60},
};
const size_t cast_venue_count = CAST_COUNT(cast_venues);

const struct show cast_shows[] = {
	{"Nova Reyes: Afterglow Tour", STAGE_ARENA},
	{"The Paper Lanterns", STAGE_ARENA},
	{"Otis Vale and Friends", STAGE_ARENA},
	{"Kilo Circuit Live", STAGE_ARENA},
	{"Comets v Harriers", STAGE_STADIUM},
	{"Cup Semi-final: Rovers v Albion", STAGE_STADIUM},
	{"Saint Marlowe: World Tour", STAGE_STADIUM},
	{"Monument Festival, Day 2", STAGE_STADIUM},
	{"The Lighthouse Keeper", STAGE_THEATRE},
	{"Twelfth Night", STAGE_THEATRE},
	{"Cabaret of Small Hours", STAGE_THEATRE},
	{"Swan Lake", STAGE_THEATRE},
};
const size_t cast_show_count = CAST_COUNT(cast_shows);

const char *const cast_first_names[] = {
	"Amara", "Ben",	   "Carla",  "Dmitri", "Elena",	 "Farid",
	"Grace", "Hiro",   "Ines",   "Jonas",  "Keisha", "Liam",
	"Maya",	 "Noor",   "Oscar",  "Priya",  "Quinn",	 "Rosa",
	"Sam",	 "Tobias", "Ursula", "Victor", "Wen",	 "Zoe",
};
const size_t cast_first_name_count = CAST_COUNT(cast_first_names);

const char *const cast_last_names[] = {
	"Abbott",    "Brandt", "Castillo", "Dubois",  "Eriksen",   "Fischer",
	"Gallagher", "Haddad", "Ivanova",  "Jackson", "Kowalski",  "Laurent",
	"Mbeki",     "Novak",  "Okafor",   "Patel",   "Quigley",   "Rossi",
	"Sato",	     "Turner", "Ueda",	   "Vargas",  "Whitfield", "Zhang",
};
const size_t cast_last_name_count = CAST_COUNT(cast_last_names);

const char *const cast_sellers[] = {
	"Frontrow Brokers", "Citywide Tickets",	 "Box 9 Resale",
	"M. Alvarez",	    "Sideline Seats",	 "K. Lindqvist",
	"Encore Exchange",  "Redwood Ticketing", "T. Obi",
	"Stagedoor Ltd",
};
const size_t cast_seller_count = CAST_COUNT(cast_sellers);

const char *const cast_theatre_sections[] = {
	"Stalls",
	"Royal Circle",
	"Grand Circle",
	"Balcony",
};
const size_t cast_theatre_section_count = CAST_COUNT(cast_theatre_sections);

const char *const cast_disclosures[] = {
	"Limited view",
	"Side view",
	"Aisle seat",
	"Under 14s with an adult",
};
const size_t cast_disclosure_count = CAST_COUNT(cast_disclosures);

const char *const cast_platforms[] = {"GateKey", "Passline", "TicketWallet"};
const size_t cast_platform_count = CAST_COUNT(cast_platforms);
