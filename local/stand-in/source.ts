import { lookup } from 'node:dns/promises';

/** Which images run locally. */
export type ImageKind = 'official' | 'stand-in';

/** The registry of the official images. */
export const OFFICIAL_REGISTRY = 'ghcr.io';

/**
 * Decides by the variable MASTODON_IMAGES (`official`, `standin` or `auto`, the default). `auto` asks whether the
 * official registry has an address, which a closed network doesn't know; nothing is sent to it.
 */
export async function chooseImages(choice = process.env.MASTODON_IMAGES ?? 'auto'): Promise<ImageKind> {
  switch (choice) {
    case 'official':
      return 'official';
    case 'standin':
      return 'stand-in';
    case 'auto':
      return lookup(OFFICIAL_REGISTRY).then(
        () => 'official' as const,
        () => 'stand-in' as const,
      );
    default:
      throw new Error(`MASTODON_IMAGES: given '${choice}', expected one of: official, standin, auto`);
  }
}
