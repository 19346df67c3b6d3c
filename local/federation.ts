/** What the servers of several slots need of each other: an authority that all of them trust, and a way to be found. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SLOTS } from './addresses';
import { openAuthority } from './services/authority';
import { cachedFolder } from './toolchain/cache';

const LOCAL = resolve(__dirname, '..', '.local');
const AUTHORITY = 'authority';
const ANNOUNCEMENT = 'server.json';

/** A server of `make local`, as other slots find it. */
export interface AnnouncedServer {
  slot: number;
  domain: string;
  /** Mastodon account of its owner. */
  username: string;
  /** What is in Mastodon's place. */
  software: 'official' | 'stand-in';
  /** The command that logs in as an administrator; a command for the machine comes behind it. */
  ssh: string[];
}

/**
 * Gives a new cloud the authority that the clouds of all slots have. A machine trusts it from its first boot on, whichever slot
 * comes first, and it has signed each slot's ACME root (`crossSign`). A cloud that has an authority keeps that.
 */
export async function shareAuthority(stateFolder: string, local = LOCAL): Promise<void> {
  if (existsSync(join(stateFolder, 'ca.pem'))) return;
  const make = async (folder: string) => {
    await openAuthority(folder);
  };
  const shared = await cachedFolder(AUTHORITY, make, local);
  mkdirSync(stateFolder, { recursive: true });
  // The key first: openAuthority creates both again where one is missing.
  for (const name of ['ca.key', 'ca.pem']) copyFileSync(join(shared, name), join(stateFolder, name));
}

/** Deletes the common authority once no slot has a cloud. */
export function forgetAuthority(local = LOCAL): void {
  if (SLOTS.some((slot) => existsSync(join(local, String(slot))))) return;
  rmSync(join(local, AUTHORITY), { recursive: true, force: true });
}

export function announce(stateFolder: string, server: AnnouncedServer): void {
  writeFileSync(join(stateFolder, ANNOUNCEMENT), JSON.stringify(server));
}

/** The servers of this checkout, by slot. */
export function announcedServers(local = LOCAL): AnnouncedServer[] {
  const files = SLOTS.map((slot) => join(local, String(slot), ANNOUNCEMENT));
  return files
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')) as AnnouncedServer);
}
