import { lookup } from 'node:dns/promises';

/** Where the Pulumi CLI and its plugins come from. */
export type Source = 'official' | 'built';

/** The host from which Pulumi downloads its CLI and plugins. */
const DOWNLOAD_HOST = 'get.pulumi.com';

/**
 * Decides by the variable PULUMI_TOOLCHAIN (`official`, `built` or `auto`, the default). `auto` asks whether the
 * download host has an address, which a closed network doesn't know; nothing is sent to it.
 */
export async function chooseSource(choice = process.env.PULUMI_TOOLCHAIN ?? 'auto'): Promise<Source> {
  switch (choice) {
    case 'official':
    case 'built':
      return choice;
    case 'auto':
      return lookup(DOWNLOAD_HOST).then(
        () => 'official' as const,
        () => 'built' as const,
      );
    default:
      throw new Error(`PULUMI_TOOLCHAIN: given '${choice}', expected one of: official, built, auto`);
  }
}
