# frozen_string_literal: true

# Idempotent: db:setup and db:prepare run it once, anybody may run it again.
Doorkeeper::Application.create_with(
  name: 'Web', redirect_uri: Doorkeeper.configuration.native_redirect_uri || 'urn:ietf:wg:oauth:2.0:oob',
  scopes: 'read write follow push'
).find_or_create_by!(superapp: true)

Account.create_with(username: 'mastodon.internal', actor_type: 'Application', locked: true)
       .find_or_create_by!(id: Account::INSTANCE_ACTOR_ID)

UserRole.everyone
YAML.load_file(Rails.root.join('config/roles.yml')).each_value do |role|
  UserRole.create_with(role.slice('position').merge(permissions_as_keys: role['permissions'], highlighted: true))
          .find_or_create_by!(name: role['name'])
end

%w(abuse account accounts admin administration administrator admins help helpdesk instance mod moderator moderators mods
   owner root security server staff support webmaster).each { |name| UsernameBlock.create_with(exact: true).find_or_create_by!(username: name) }
