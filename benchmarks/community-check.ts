/** How long the check of many domain blocks takes. */
import { folderOf } from '../community-files/folder';
import { readCommunity } from '../community-files/read';
import { SURROUNDINGS, TEAM } from '../__tests__/support/community/files';
import { repeat, seconds, type Section } from './figures';

const ROWS = 100_000;

export const communityCheck: Section = {
  title: 'The community as code, checked',
  run: async (runs) => {
    const row = (index: number) =>
      `spam-${String(index)}.example,suspend,false,false,"Spam, and more of it",false,https://toot.example/${String(index)}`;
    const header = '#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate,#reason_url';
    const rows = Array.from({ length: ROWS }, (_, index) => row(index));
    const folder = folderOf({ 'team.yaml': TEAM, 'domain-blocks.csv': [header, ...rows, ''].join('\n') });
    const values = await repeat(runs, () =>
      seconds(() => {
        const read = readCommunity(folder, SURROUNDINGS);
        return 'problems' in read ? Promise.reject(new Error(read.problems[0])) : Promise.resolve();
      }),
    );
    return [{ name: `check of ${ROWS.toLocaleString('en')} domain blocks`, unit: 's', values, aim: 2 }];
  },
};
