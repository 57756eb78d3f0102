/** The schema of a configuration file. The types of its result follow from it. */
import type { z } from 'zod';
import { api } from './api-schema.js';
import {
  gatewayLoadBalancerEndpoint,
  networkInterface,
  networkLoadBalancer,
  trafficMirrorFilter,
  trafficMirrorSession,
  trafficMirrorTarget,
} from './resource-schema.js';
import { list, mapping } from './schema-parts.js';
import { engine, log, metrics, quotas, state } from './settings-schema.js';

/** Checks the values of a file; what they mean together is for `checkResources`. */
export const configurationSchema = mapping(
  {
    networkInterfaces: list(networkInterface, 'Interfaces that sessions mirror, and receivers.').prefault([]),
    networkLoadBalancers: list(networkLoadBalancer, 'Groups of receivers.').prefault([]),
    gatewayLoadBalancerEndpoints: list(
      gatewayLoadBalancerEndpoint,
      'Endpoints before the appliances of Gateway Load Balancers.',
    ).prefault([]),
    trafficMirrorTargets: list(trafficMirrorTarget, 'Where copies go.').prefault([]),
    trafficMirrorFilters: list(trafficMirrorFilter, 'What to mirror.').prefault([]),
    trafficMirrorSessions: list(trafficMirrorSession, 'What is mirrored where.').prefault([]),
    engine,
    quotas,
    api,
    state,
    metrics,
    log,
  },
  'The configuration of traffic-mirror.',
);

/** A file whose values are all right. */
export type ConfigurationFile = z.output<typeof configurationSchema>;
