/** What is judged: plain data, so that it can be sent to another process. It has paths of secrets, and no secret. */
import type { Configuration } from '../config/load.js';
import type { MirrorPlan } from '../plan/mirror-plan.js';
import { buildPlan } from '../resources/build-plan.js';
import type { ResourceSet } from '../resources/resource-set.js';
import type { SecretFile } from './facts.js';
import { secretFilesIn } from './secrets.js';

export interface Subject {
  /** Undefined: none is known. */
  readonly configurationFile: string | undefined;
  readonly plan: MirrorPlan;
  /** Undefined where only the plan is known. */
  readonly resources: ResourceSet | undefined;
  readonly hasApi: boolean;
  readonly secretFiles: readonly SecretFile[];
}

/** @param plan that runs; absent: that of the configuration. */
export function subjectOf(
  configurationFile: string,
  configuration: Configuration,
  plan: MirrorPlan = buildPlan(configuration),
): Subject {
  const { resources, api, metrics } = configuration;
  return {
    configurationFile,
    plan,
    resources,
    hasApi: api !== undefined,
    secretFiles: [...secretFilesIn(api, 'api'), ...secretFilesIn(metrics, 'metrics')],
  };
}
