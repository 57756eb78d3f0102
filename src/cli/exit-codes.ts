/** Exit codes; scripts and systemd units rely on them. */
export const EXIT_DONE = 0;
/** The configuration or the input is bad. */
export const EXIT_BAD_INPUT = 1;
export const EXIT_WRONG_USAGE = 2;
export const EXIT_NOT_PERMITTED = 3;
/** EX_SOFTWARE of sysexits.h. */
export const EXIT_INTERNAL_ERROR = 70;
