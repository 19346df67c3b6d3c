/** What a role may be permitted: UserRole::FLAGS of Mastodon 4.6. */
export const PERMISSIONS = [
  'administrator', 'view_devops', 'view_audit_log', 'view_dashboard', 'manage_reports', 'manage_federation',
  'manage_settings', 'manage_blocks', 'manage_taxonomies', 'manage_appeals', 'manage_users', 'manage_invites',
  'manage_rules', 'manage_announcements', 'manage_custom_emojis', 'manage_webhooks', 'invite_users', 'manage_roles',
  'manage_user_access', 'delete_user_data', 'view_feeds', 'invite_bypass_approval', 'manage_email_subscriptions',
] as const; // prettier-ignore
