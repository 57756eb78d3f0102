/** The state of a form: its values, what is wrong with them, and what the API said. */
import { useCallback, useMemo, useRef, useState } from 'react';
import { type ApiError, isSessionLost, toApiError } from '../aws/errors.js';
import { ClientTokens } from '../forms/client-tokens.js';
import { fieldOf as fieldOfError } from '../forms/error-fields.js';
import { errorText } from './error-text.js';
import { useLeaveGuard } from './router.js';
import { useTouched } from './use-touched.js';

/** What is wrong, by the path of a field. Paths of fields in lists are like `ingress.0.ruleNumber`. */
type Problems = Readonly<Record<string, string | undefined>>;

/** What a field component takes from a form. */
export interface Bound<T> {
  readonly path: string;
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly onBlur: () => void;
  /** What is wrong, when it is to be shown. */
  readonly error: string | undefined;
}

interface FormOptions<V> {
  readonly initial: V;
  readonly validate: (values: V) => Problems;
  /** Sends valid values. An ApiError is shown at its field, or at the form. */
  readonly send: (values: V, tokens: ClientTokens) => Promise<void>;
  /** The path of the field that an error belongs to; the default is that of forms/error-fields. */
  readonly fieldOf?: (error: ApiError) => string | undefined;
}

/** A form. */
export interface Form<V> {
  readonly values: V;
  readonly set: <K extends keyof V & string>(name: K, value: V[K]) => void;
  readonly bind: <K extends keyof V & string>(name: K) => Bound<V[K]>;
  /** Binds a field inside a list. */
  readonly bindAt: <T>(path: string, value: T, onChange: (value: T) => void) => Bound<T>;
  /** What is wrong at a path, when it is to be shown. */
  readonly problemAt: (path: string) => string | undefined;
  /** Checks all fields, then sends. */
  readonly submit: () => Promise<void>;
  readonly submitting: boolean;
  /** Counts the submits that were refused because of fields: the first bad field then takes the focus. */
  readonly refusals: number;
  /** What the API said of the form as a whole. */
  readonly error: ApiError | undefined;
  readonly changed: boolean;
  readonly tokens: ClientTokens;
  /** New initial values, such as those that were read just now. */
  readonly reset: (values: V) => void;
}

/** Keeps a form. As long as it has changes, the page is not left without a question. */
export function useForm<V extends object>({
  initial,
  validate,
  send,
  fieldOf = fieldOfError,
}: FormOptions<V>): Form<V> {
  const [start, setStart] = useState(initial);
  const [values, setValues] = useState(initial);
  const touched = useTouched();
  const [submitted, setSubmitted] = useState(false);
  const [submitting, setSubmitting] = useState(false);
  const [refusals, setRefusals] = useState(0);
  const [error, setError] = useState<ApiError>();
  const [refused, setRefused] = useState<{ path: string; text: string; values: V }>();
  const tokens = useMemo(() => new ClientTokens(), []);
  const busy = useRef(false);
  const changed = JSON.stringify(values) !== JSON.stringify(start);
  useLeaveGuard(changed);

  const problems = validate(values);
  const problemAt = (path: string): string | undefined => {
    const own = submitted || touched.paths.has(path) ? problems[path] : undefined;
    return own ?? (refused?.path === path && refused.values === values ? refused.text : undefined);
  };
  const set: Form<V>['set'] = useCallback(
    (name, value) => setValues((before) => ({ ...before, [name]: value })),
    [],
  );
  const bindAt: Form<V>['bindAt'] = (path, value, onChange) => ({
    path,
    value,
    onChange,
    onBlur: () => touched.touch(path),
    error: problemAt(path),
  });
  const bind: Form<V>['bind'] = (name) => bindAt(name, values[name], (value) => set(name, value));

  const fail = (thrown: unknown): void => {
    const apiError = toApiError(thrown);
    // The sign-in page says so, and the form waits behind it.
    if (isSessionLost(apiError)) return;
    if (apiError.code === 'IdempotentParameterMismatch') tokens.forget();
    const path = fieldOf(apiError);
    if (path === undefined || !hasPath(values, path)) {
      setError(apiError);
    } else {
      setRefused({ path, text: errorText(apiError), values });
      setRefusals((count) => count + 1);
    }
  };
  const submit = async (): Promise<void> => {
    if (busy.current) return;
    setSubmitted(true);
    setError(undefined);
    setRefused(undefined);
    if (Object.values(problems).some((problem) => problem !== undefined))
      return setRefusals((count) => count + 1);
    busy.current = true;
    setSubmitting(true);
    try {
      await send(values, tokens);
    } catch (thrown) {
      fail(thrown);
    } finally {
      busy.current = false;
      setSubmitting(false);
    }
  };
  const { clear } = touched;
  const reset = useCallback(
    (next: V) => {
      setStart(next);
      setValues(next);
      clear();
      setSubmitted(false);
      setError(undefined);
    },
    [clear],
  );
  return {
    values,
    set,
    bind,
    bindAt,
    problemAt,
    submit,
    submitting,
    refusals,
    error,
    changed,
    tokens,
    reset,
  };
}

/** True when the values have what the path names: `ingress.0.ruleNumber`. */
function hasPath(values: object, path: string): boolean {
  let current: unknown = values;
  for (const part of path.split('.')) {
    if (typeof current !== 'object' || current === null || !(part in current)) return false;
    current = (current as Record<string, unknown>)[part];
  }
  return true;
}
