/** Hashtags as people write them, and as Mastodon keeps them. */
export const HASHTAGS: readonly (readonly [given: string, name: string])[] = [
  ['CaturDay', 'caturday'],
  ['Café', 'cafe'],
  ['Øl', 'ol'],
  ['ViệtNam', 'việtnam'],
  ['Straße', 'straße'],
  ['ＡＢＣ', 'abc'],
  ['ΟΔΟΣ', 'οδοσ'],
  ['İstanbul', 'istanbul'],
  ['日本・東京', '日本・東京'],
  ['हिनदी', 'हिनदी'],
  ['กั็', 'กั็'],
  ['हिन्दी', 'हिनदी'],
  ['10_000', '10_000'],
  ['a·b', 'a·b'],
  ['___', '___'],
];
