/** What the keys of the settings begin with in a stack's file and in `pulumi config`: the project's name. */
export const NAMESPACE = 'mastodon-on-civo:';
