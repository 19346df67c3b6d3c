import type { LocalServer } from './local-server';

/** What the failed units of a machine said: nothing, where none has failed. */
export function whatFailed(server: LocalServer): Promise<string> {
  // The manager of a session that a test's own sudo opened is none of the server's.
  return server.root(
    `for unit in $(systemctl --failed --no-legend --plain | cut -d' ' -f1 | grep -v ^user@); do journalctl --no-pager --unit $unit; done`,
  );
}
