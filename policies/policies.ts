import type { ResourceValidationPolicy, StackValidationPolicy } from '@pulumi/policy';
import { dataPolicies } from './data';
import { firewallPolicies } from './firewall';
import { machinePolicies } from './machine';
import type { Stack } from './stack';

/** Every policy, for a stack. */
export function policies(stack: Stack): (ResourceValidationPolicy | StackValidationPolicy)[] {
  return [...firewallPolicies(stack), ...dataPolicies(stack), ...machinePolicies(stack)];
}
