import { z } from 'zod';
import { refuseTwins } from '../problems';
import * as fields from './fields';
import type { ListKind } from './list-kind';

/** Webhook::EVENTS of Mastodon 4.6 and 4.7. */
const EVENTS = [
  'account.approved',
  'account.created',
  'account.updated',
  'report.created',
  'report.updated',
  'status.created',
  'status.updated',
] as const;

const schema = z.strictObject({
  name: fields.name,
  url: fields.address,
  events: fields.someOf(EVENTS, 'expected a list such as [report.created]'),
  template: fields.text('expected a template').optional(),
  enabled: fields.yesOrNo.default(true),
});

/**
 * Addresses that get Mastodon's events, such as a report for the moderators' chat. Mastodon makes the secret that signs them, and keeps it. The
 * address of a chat's hook is a secret, too: a preview and the report name its host only.
 */
export const webhooks: ListKind<z.output<typeof schema>> = {
  kind: 'webhook',
  list: 'webhooks',
  file: 'webhooks.yaml',
  title: 'webhooks',
  schema,
  key: ({ name }) => name,
  check(entries, { problems }) {
    refuseTwins(problems, entries, ({ url }) => url, ({ url }) => `a webhook to ${new URL(url).host} with this address`); // prettier-ignore
    for (const { value, at } of entries) {
      if (value.events.length === 0) problems.refuse(at('events'), 'events: expected at least one');
    }
  },
  words: ({ name, url, events, template, enabled }) => [
    `webhook ${name} (${enabled ? 'enabled' : 'disabled'})`,
    [events.join(', '), `to ${new URL(url).host}`, template && 'by a template'].filter(Boolean).join(', '),
  ],
};
