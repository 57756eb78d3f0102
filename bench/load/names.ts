/** Names of contenders that figures are compared with. */
export const NO_MIRROR_NAME = 'no mirror';
