/** The settings of backups. */
import { z } from 'zod';
import { group, matching, secret, wholeNumber } from './kinds';

const secondary = z
  .strictObject({
    endpoint: matching(
      /^https:\/\/[a-z0-9.-]+(:\d+)?$/i,
      'expected the https:// address of an S3 object store, without a path and without a slash at the end',
    ).meta({
      description: 'Address of an S3 object store.',
      examples: ['https://s3.eu-central-003.backblazeb2.com'],
    }),
    bucket: matching(
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      'expected the name of a bucket: 3 to 63 small letters, digits, - and .',
    ).meta({ description: 'Name of an existing bucket that nothing else uses.', examples: ['second-copy'] }),
    region: matching(/^[\w./+=-]+$/, 'expected letters, digits and ._/+=- only')
      .default('us-east-1')
      .meta({
        description: "The store's name of its region. Stores without regions accept the default.",
        examples: ['eu-central-003'],
      }),
    accessKeyId: matching(/^[\w./+=-]+$/, 'expected letters, digits and ._/+=- only').meta({
      description:
        'Access key that may list, read and write in the bucket, and preferably not delete (docs/backups.md, "The second store").',
    }),
    secretAccessKey: secret.meta({ description: "The access key's secret half.", secret: true }),
  })
  .optional()
  .meta({
    description:
      "A second object store outside Civo. Dumps and media are copied there every day, without other servers' media.",
    derived: 'none',
  });

export const backup = group({
  retentionFull: wholeNumber(
    z
      .int()
      .min(2, 'expected at least 2: one full backup is made a week, and the last week must stay reachable'),
  )
    .default(4)
    .meta({
      description:
        'Number of weekly full backups that are kept, each with the write-ahead log after it. At least 2.',
      examples: [5],
    }),
  secondary,
}).meta({ description: 'How long backups are kept, and where else.' });
