/**
 * Guard rails: what this program must never make, whatever its settings and its code say. `bin/mastodon policies` judges the
 * selected stack by them. They keep lists of their own, so that a change of the program alone can't move them.
 */
import { PolicyPack } from '@pulumi/policy';
import { policies } from './policies';
import { readStack } from './stack';

new PolicyPack('mastodon-on-civo', { enforcementLevel: 'mandatory', policies: policies(readStack()) });
