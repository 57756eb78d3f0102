/** Client tokens: a second attempt with the same values creates nothing twice. */

const TOKEN_BYTES = 16;

/** The tokens of one form: a form may make several calls. */
export class ClientTokens {
  readonly #tokens = new Map<string, { readonly content: string; readonly token: string }>();

  /**
   * The token of a call: the same as long as its content is the same.
   * @param call which of the form's calls. @param content what is sent; anything that JSON can hold
   */
  of(call: string, content: unknown): string {
    const text = JSON.stringify(content);
    const known = this.#tokens.get(call);
    if (known?.content === text) return known.token;
    const token = newToken();
    this.#tokens.set(call, { content: text, token });
    return token;
  }

  /** After a success, or when the server knows a token with other values. */
  forget(): void {
    this.#tokens.clear();
  }
}

function newToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
