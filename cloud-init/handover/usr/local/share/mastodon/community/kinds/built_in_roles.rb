# frozen_string_literal: true

module Community
  # Mastodon's own roles, which are always there. One that the file no longer names stays as it is.
  class BuiltInRoles < ListKind
    describes 'builtInRole', list: 'built_in_roles', file: 'built-in-roles.yaml'
    lists ::UserRole, 'permissions', 'color', 'highlighted', 'require_2fa'

    EVERYONE = 'Everyone'

    def key(item) = item['name']

    def value(item) = super.merge('color' => item['color'].to_s, 'permissions' => item['permissions'].sort)

    # A role that Mastodon came with was not decided here, so the file may set it.
    def present(wanted)
      super.select { |key, item| ledger.managed?(name, key) || value(item) != value(shipped(key)) || value(item) == wanted[key]&.then { |one| value(one) } }
    end

    def apply(changes, &)
      changes.each { |change| change.action = :forget if change.action == :delete }
      super
    end

    def create(change)
      role = role(change.key)
      role.update!(attributes(change.item))
      log(:update, role)
      nil
    end
    alias update create

    private

    def role(key) = key == EVERYONE ? ::UserRole.everyone : ::UserRole.find_by!(name: key)

    def records = [::UserRole.everyone, *::UserRole.where(name: Roles::BUILT_IN)]

    def item(record)
      {
        'name' => record.everyone? ? EVERYONE : record.name, 'permissions' => record.permissions_as_keys.sort,
        'color' => record.color.presence, 'highlighted' => record.highlighted, 'require_2fa' => record.require_2fa
      }
    end

    def attributes(item)
      value(item).except('permissions').merge('permissions_as_keys' => item['permissions'])
    end

    # As db/seeds makes them.
    def shipped(key)
      @shipped ||= YAML.load_file(Rails.root.join('config/roles.yml')).values.index_by { |role| role['name'] }
      permissions = key == EVERYONE ? %w(invite_users) : @shipped.dig(key, 'permissions') || []
      { 'permissions' => permissions, 'color' => nil, 'highlighted' => key != EVERYONE, 'require_2fa' => false }
    end
  end
end
