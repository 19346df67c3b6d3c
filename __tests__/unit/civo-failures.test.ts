import { adviceOn, leftover, unsure } from '../../components/civo/failures';

const failure = {
  urn: 'urn:pulumi:prod::it',
  kind: 'Network',
  operation: 'create',
  object: 'mastodon-prod',
  message: '',
} as const;
const advice = (message: string, more: object = {}) => adviceOn({ ...failure, message, ...more });

// Messages as the provider prints them: of its own, or the API's answer whole where it doesn't know the code.
test.each([
  ['DatabaseAccountNotFoundError: No account found for this token', 'Check CIVO_TOKEN'],
  ['unknown error response - status: 429 Too Many Requests, code: 429', 'Wait a minute'],
  ['QuotaLimitReachedError: instance_count: 16 of 16 used', "Ask for more quota in Civo's dashboard"],
  ['DatabaseSizeNotFoundError: There is no instance size g4s.medium', 'pulumi config set size'],
  ['OutOfCapacityError: The region is out of capacity', 'choose another size'],
  ['DatabaseNetworkDuplicateNameError: There is a network already', 'civo network remove mastodon-prod'],
  ['{"code":"database_firewall_inuse_by_instance","result":"failed"}', 'Wait a minute'],
  [
    '[ERR] an error occurred while trying to delete instance 92',
    "pulumi refresh --target 'urn:pulumi:prod::it'",
  ],
  ['the reserved ip 1f is already assigned to an instance', 'civo ip unassign'],
  ['ResponseDecodeFailed: status: 503 Service Unavailable, reason: <html>', 'https://status.civo.com'],
  ['error reading from server: EOF', 'https://status.civo.com'],
])('"%s" comes with advice', (message, remedy) => {
  expect(advice(message)).toContain(remedy);
  expect(advice(message)).toContain('run the same command again');
});

test('half a creation is spoken of only where there can be one', () => {
  const spoken = 'Should mastodon-prod have been made in spite of this';
  expect(advice('EOF')).toContain(spoken);
  expect(advice('EOF', { operation: 'update' })).not.toContain(spoken);
  expect(advice('EOF', { kind: 'InstanceReservedIpAssignment' })).not.toContain(spoken);
});

test('a leftover is named with the command that removes it', () => {
  expect(leftover({ kind: 'ReservedIp', object: 'mastodon-prod' })).toMatch(
    /^Civo has a reserved IP called mastodon-prod already .* "civo ip remove mastodon-prod", then run/,
  );
});

test('a DNS record is removed by the ids of its zone and its own', () => {
  const found = leftover({ kind: 'DnsDomainRecord', object: '@', handle: 'zone-id record-id' });
  expect(found).toContain('Civo has a DNS record called @ already');
  expect(found).toContain('"civo domain record remove zone-id record-id"');
});

test('what may be there already is not made', () => {
  const message = 'https://api.civo.com/v2/ips: status: 503';
  expect(unsure({ ...failure, operation: 'read', message })).toMatch(
    /^Civo does not say whether it has mastodon-prod already \(.*503\), so it was not made\. Civo did not answer/,
  );
});
