/** What tests of bad days begin with, and what has to hold at the end of each. */
import type { RecoverableServer } from './recoverable-server';

export class BadDays {
  /** What was posted, newest first: all of it has to be there. */
  posts: string[] = [];

  constructor(private readonly site: RecoverableServer) {}

  readonly begin = async (): Promise<void> => {
    await this.site.post('Before the bad days');
    // Ends the current segment of the log and returns once it is in the bucket: what a test takes away there is its own.
    await this.site.sudo('-u postgres pgbackrest --stanza=mastodon check');
    this.posts = await this.site.posts();
  };

  readonly expectAllPosts = async (): Promise<void> => {
    expect(await this.site.posts()).toEqual(this.posts);
  };

  /** How many segments of the log wait for the bucket. */
  readonly waiting = async (): Promise<number> => {
    const ready = `ls /var/lib/postgresql/17/main/pg_wal/archive_status | grep -c ready`;
    return Number(await this.site.sudo(`sh -c '${ready}'`).catch(() => '0'));
  };

  /** Every post is there, nothing failed, and there is no alert. */
  readonly expectNothingLeft = async (): Promise<void> => {
    await this.site.start('watch');
    expect(await this.site.alerts()).toEqual([]);
    await this.expectAllPosts();
    expect(await this.site.sudo('converge')).toMatch(/ 0 changes\n$/);
  };
}
