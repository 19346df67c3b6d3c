import { minorOf, NEWEST_KNOWN } from '../../settings/mastodon-releases';
import { newestPatch } from './registry';

/** The newest release of the newest minor version that this program was tried with. */
export async function newestRelease(image: string): Promise<string> {
  try {
    return await newestPatch(image, minorOf(NEWEST_KNOWN));
  } catch (error) {
    // fetch itself says no more than that it failed.
    const { message, cause } = error instanceof Error ? error : new Error(String(error));
    const reason = cause instanceof Error ? cause.message : message;
    console.log(
      `No registry names the newest release of Mastodon ${minorOf(NEWEST_KNOWN)} (${reason}). ${NEWEST_KNOWN} was the newest ` +
        'when this program was written: see https://github.com/mastodon/mastodon/releases',
    );
    return NEWEST_KNOWN;
  }
}
