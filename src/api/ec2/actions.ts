/** The actions of the EC2 API that concern Traffic Mirroring, by name. */
import type { ActionName } from '../services.js';
import type { Ec2Call } from './ec2-call.js';
import {
  createTrafficMirrorFilter,
  deleteTrafficMirrorFilter,
  describeTrafficMirrorFilters,
  modifyTrafficMirrorFilterNetworkServices,
} from './filter.js';
import {
  createTrafficMirrorFilterRule,
  deleteTrafficMirrorFilterRule,
  describeTrafficMirrorFilterRules,
  modifyTrafficMirrorFilterRule,
} from './filter-rule/actions.js';
import { describeNetworkInterfaces } from './network-interface.js';
import type { Structure } from './response.js';
import {
  createTrafficMirrorSession,
  deleteTrafficMirrorSession,
  describeTrafficMirrorSessions,
  modifyTrafficMirrorSession,
} from './session.js';
import { createTags, deleteTags, describeTags } from './tags/actions.js';
import {
  createTrafficMirrorTarget,
  deleteTrafficMirrorTarget,
  describeTrafficMirrorTargets,
} from './target.js';

/** @returns the answer's content. Rejects with an Ec2Error for what the caller did wrong. */
type Action = (call: Ec2Call) => Promise<Structure>;

const BY_NAME = {
  CreateTags: createTags,
  CreateTrafficMirrorFilter: createTrafficMirrorFilter,
  CreateTrafficMirrorFilterRule: createTrafficMirrorFilterRule,
  CreateTrafficMirrorSession: createTrafficMirrorSession,
  CreateTrafficMirrorTarget: createTrafficMirrorTarget,
  DeleteTags: deleteTags,
  DeleteTrafficMirrorFilter: deleteTrafficMirrorFilter,
  DeleteTrafficMirrorFilterRule: deleteTrafficMirrorFilterRule,
  DeleteTrafficMirrorSession: deleteTrafficMirrorSession,
  DeleteTrafficMirrorTarget: deleteTrafficMirrorTarget,
  DescribeNetworkInterfaces: describeNetworkInterfaces,
  DescribeTags: describeTags,
  DescribeTrafficMirrorFilterRules: describeTrafficMirrorFilterRules,
  DescribeTrafficMirrorFilters: describeTrafficMirrorFilters,
  DescribeTrafficMirrorSessions: describeTrafficMirrorSessions,
  DescribeTrafficMirrorTargets: describeTrafficMirrorTargets,
  ModifyTrafficMirrorFilterNetworkServices: modifyTrafficMirrorFilterNetworkServices,
  ModifyTrafficMirrorFilterRule: modifyTrafficMirrorFilterRule,
  ModifyTrafficMirrorSession: modifyTrafficMirrorSession,
} satisfies Record<ActionName<'ec2'>, Action>;

export const ACTIONS: ReadonlyMap<string, Action> = new Map(Object.entries(BY_NAME));
