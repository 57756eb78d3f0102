/** The sentence in which every service tells that a caller may not do something. */
import type { Decision, Principal } from '../service.js';

/**
 * `User: ARN is not authorized to perform: ACTION on resource: ARN because …`
 * @param action with its service: `ec2:CreateTags`
 * @param resourceArn undefined for services whose actions know no resources
 */
export function accessDenied(
  { arn }: Principal,
  action: string,
  resourceArn: string | undefined,
  decision: Exclude<Decision, 'allow'>,
): string {
  const resource = resourceArn === undefined ? '' : ` on resource: ${resourceArn}`;
  const reason =
    decision === 'explicit-deny'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  return `User: ${arn} is not authorized to perform: ${action}${resource} ${reason}`;
}
