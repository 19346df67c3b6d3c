/** Object stores and their credentials; DNS. */
import { type Row, row } from './table';

export const STORAGE: readonly Row[] = [
  row({
    name: 'credential',
    type: 'ObjectStoreCredential',
    args: { name: 'media' },
    update: { secretAccessKey: 'a'.repeat(40) },
    forever: { name: 'media-renamed' },
  }),
  row({
    name: 'store',
    type: 'ObjectStore',
    args: { name: 'media', maxSizeGb: 500, accessKeyId: '${credential.accessKeyId}' },
    update: { maxSizeGb: 1000 },
    // The provider asks for 0 GB where anything but the size has changed.
    refused: [[{ name: 'media-renamed' }, 'parameter_size_invalid']],
  }),
  row({
    name: 'domain',
    type: 'DnsDomainName',
    args: { name: 'example.com' },
    update: { name: 'example.org' },
  }),
  row({
    name: 'record',
    type: 'DnsDomainRecord',
    args: { domainId: '${domain.id}', type: 'A', name: '@', value: '${ip.ip}', ttl: 600 },
    update: { name: 'www', ttl: 900 },
    // No IPv6, and no short lives.
    invalid: [
      [{ type: 'AAAA' }, 'expected type to be one of'],
      [{ ttl: 60 }, 'expected ttl to be in the range'],
    ],
  }),
  row({
    name: 'mail',
    type: 'DnsDomainRecord',
    args: {
      domainId: '${domain.id}',
      type: 'MX',
      name: '@',
      value: 'mail.example.com',
      priority: 10,
      ttl: 600,
    },
    update: { priority: 20 },
  }),
];
