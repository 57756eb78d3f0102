/** Which traffic is never mirrored, and where the amazon-dns network service answers, unless a configuration says otherwise. */
import { UNMIRRORED_TYPES, type UnmirroredType } from '../plan/mirror-plan.js';

export const DEFAULT_UNMIRRORED: readonly UnmirroredType[] = UNMIRRORED_TYPES.filter(
  (type) => type !== 'amazon-time-sync',
);

export const DEFAULT_AMAZON_DNS: readonly string[] = ['169.254.169.253', 'fd00:ec2::253'];
