/** The state of creating a filter: the form, and what is made already after a failure in the middle. */
import { useRef, useState } from 'react';
import { callEc2 } from '../../aws/ec2.js';
import { fieldOf } from '../../forms/error-fields.js';
import { createFilter, NO_PROGRESS, type Progress, pathOfError } from '../../forms/filter-creation.js';
import { EMPTY_FILTER, type FilterValues, filterProblems } from '../../forms/filter-values.js';
import { useSession } from '../../parts/session.js';
import { type Form, useForm } from '../../parts/use-form.js';

/** A filter that is being made. */
export interface FilterCreation {
  readonly form: Form<FilterValues>;
  readonly progress: Progress;
  /** Label of the primary button: `Create`, or `Create remaining` after a failure in the middle. */
  readonly submitLabel: string;
  /** Deletes the filter that was made with a part of its rules. The form can then make it anew. @throws ApiError */
  readonly discard: () => Promise<void>;
}

/** Keeps a form that makes a filter. @param onCreated called when all is made */
export function useFilterCreation(onCreated: (filterId: string, ruleCount: number) => void): FilterCreation {
  const { client } = useSession();
  const [progress, setProgress] = useState(NO_PROGRESS);
  const current = useRef(NO_PROGRESS);
  const failing = useRef<string>(undefined);
  const onProgress = (next: Progress): void => {
    current.current = next;
    setProgress(next);
  };
  const latest = useRef(EMPTY_FILTER);
  const form = useForm<FilterValues>({
    initial: EMPTY_FILTER,
    validate: filterProblems,
    send: async (values, tokens) => {
      latest.current = values;
      const filterId = await createFilter({
        values,
        tokens,
        progress: current.current,
        call: (action, parameters) => callEc2(client, action, parameters),
        onCall: (path) => {
          failing.current = path;
        },
        onProgress,
      });
      onCreated(filterId, values.ingress.length + values.egress.length);
    },
    fieldOf: (error) => pathOfError(fieldOf(error), failing.current, latest.current),
  });
  const discard = async (): Promise<void> => {
    await callEc2(client, 'DeleteTrafficMirrorFilter', { TrafficMirrorFilterId: current.current.filterId });
    // A token of the deleted filter would give the deleted filter.
    form.tokens.forget();
    onProgress(NO_PROGRESS);
  };
  return {
    form,
    progress,
    submitLabel: progress.filterId === undefined ? 'Create' : 'Create remaining',
    discard,
  };
}
