import type { Visitor } from '../visitor';

/** A dot, as a PNG. */
export const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

/** Posts with the picture. Returns its address, whose path is its key in the media bucket. */
export async function postWithPicture(visitor: Visitor, status: string): Promise<URL> {
  const { id, url } = (await visitor.upload(PICTURE, 'A dot')) as { id: string; url: string };
  await visitor.api('POST', '/api/v1/statuses', { status, media_ids: [id] });
  return new URL(url);
}
