# frozen_string_literal: true

module Community
  # Custom roles. Mastodon's own stay as they are.
  class Roles < Kind
    describes 'role', list: 'roles', file: 'team.yaml'

    BUILT_IN = %w(Owner Admin Moderator).freeze

    def key(item) = item['name']

    def value(item)
      {
        'permissions' => item['permissions'].sort, 'position' => item['position'], 'color' => item['color'].to_s,
        'highlighted' => item['highlighted'] || false, 'require2fa' => item['require2fa'] || false
      }
    end

    def present(_wanted)
      UserRole.where.not(id: UserRole::EVERYONE_ROLE_ID).where.not(name: BUILT_IN).to_h do |role|
        [role.name, {
          'name' => role.name, 'permissions' => role.permissions_as_keys, 'position' => role.position, 'color' => role.color,
          'highlighted' => role.highlighted, 'require2fa' => role.require_2fa
        }]
      end
    end

    def create(change)
      role = UserRole.create!(name: change.key, **attributes(change))
      log(:create, role)
      nil
    end

    def update(change)
      role = UserRole.find_by!(name: change.key)
      role.update!(attributes(change))
      log(:update, role)
      nil
    end

    def delete(change)
      role = UserRole.find_by!(name: change.key)
      role.destroy!
      log(:destroy, role)
    end

    private

    def attributes(change)
      permissions, position, color, highlighted, require2fa =
        change.value.values_at('permissions', 'position', 'color', 'highlighted', 'require2fa')
      { permissions_as_keys: permissions, position:, color:, highlighted:, require_2fa: require2fa }
    end
  end

  # The people with a role. Who has one may change the address: the file's is for the invitation, and to tell whose an account is. A
  # username alone says nothing of that: where people may register, the first one to come has it.
  class Members < Kind
    describes 'member', list: 'team', file: 'team.yaml'

    def key(item) = item['username'].downcase

    def value(item) = item.slice('role')

    def summary(item) = "(#{item['role']}, #{@invited&.include?(item['username']) ? 'invited' : 'promoted'})"

    def present(_wanted)
      User.where.not(role_id: nil).includes(:account, :role).to_h do |user|
        [user.account.username.downcase,
         { 'username' => user.account.username, 'email' => user.email, 'role' => user.role.name, 'languages' => [] }]
      end
    end

    def create(change)
      account = Account.find_local(change.key)
      if account.nil? then invite(change.item)
      elsif account.user then promote_person(account.user, change)
      else raise Refused, 'there was an account of that name, and it was deleted'
      end
      nil
    end

    # Who was given another role in the web interface was never looked at by the code.
    def update(change)
      ledger.managed?(name, change.key) ? promote(user(change), change) : promote_person(user(change), change)
      nil
    end

    # The account stays; what was open with the role's rights is closed.
    def delete(change)
      user(change).tap do |user|
        user.update!(role: nil)
        log(:change_role, user)
        user.session_activations.destroy_all
        user.revoke_access!
      end
      nil
    end

    private

    def user(change) = Account.find_local(change.key).user

    def role(name) = UserRole.find_by(name:) || raise(Refused, "there is no role '#{name}'")

    # Only the person whom the file means: the reader of mail at its address.
    def promote_person(user, change)
      username, email = change.item.values_at('username', 'email')
      unless user.email.casecmp?(email)
        raise Refused, "an account #{username} exists with another address than #{email}. If it is the same person, put the account's address " \
                       'into team.yaml; if not, choose another username'
      end
      unless user.confirmed?
        raise Refused, "the account #{username} exists, and its address #{email} is not confirmed: another person may have made it. " \
                       'Run it again once the address is confirmed, or delete the account'
      end
      promote(user, change)
    end

    def promote(user, change)
      user.update!(role: role(change.item['role']))
      log(:change_role, user)
    end

    # As tootctl does it, with an unknown password: the mail's link lets its reader set one. Approved before the
    # address is confirmed, or Mastodon would ask all of the team to look at a new account.
    def invite(item)
      user = User.new(
        email: item['email'], password: SecureRandom.hex, role: role(item['role']), agreement: true,
        confirmed_at: Time.now.utc, bypass_registration_checks: true
      )
      user.account = Account.new(username: item['username'])
      user.save!
      user.update!(approved: true)
      log(:change_role, user)
      ledger.add_job('invite', user.id)
      (@invited ||= []) << item['username']
    end
  end
end
