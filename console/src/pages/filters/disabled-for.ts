/** Buttons that are disabled with a reason. */

/** Properties of a button. @param reason why it is disabled; undefined: it is not */
export function disabledFor(reason: string | undefined) {
  return { disabled: reason !== undefined, ...(reason !== undefined && { disabledReason: reason }) };
}
