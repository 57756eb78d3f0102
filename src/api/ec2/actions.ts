/** The actions of the EC2 API that concern Traffic Mirroring, by name. */
import type { ActionName } from '../action-names.js';
import { createTrafficMirrorFilter } from './actions/create-filter.js';
import { createTrafficMirrorFilterRule } from './actions/create-filter-rule.js';
import { createTrafficMirrorSession } from './actions/create-session.js';
import { createTrafficMirrorTarget } from './actions/create-target.js';
import {
  deleteTrafficMirrorFilter,
  deleteTrafficMirrorFilterRule,
  deleteTrafficMirrorSession,
  deleteTrafficMirrorTarget,
} from './actions/delete-resource.js';
import { describeNetworkInterfaces } from './actions/describe-network-interfaces.js';
import {
  describeTrafficMirrorFilterRules,
  describeTrafficMirrorFilters,
  describeTrafficMirrorSessions,
  describeTrafficMirrorTargets,
} from './actions/describe-resources.js';
import { modifyTrafficMirrorFilterRule } from './actions/modify-filter-rule.js';
import { modifyTrafficMirrorFilterNetworkServices } from './actions/modify-network-services.js';
import { modifyTrafficMirrorSession } from './actions/modify-session.js';
import { createTags, deleteTags, describeTags } from './actions/tags.js';
import type { Structure } from './answer.js';
import type { Ec2Call } from './ec2-call.js';

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
