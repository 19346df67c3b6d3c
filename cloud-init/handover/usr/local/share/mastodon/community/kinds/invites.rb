# frozen_string_literal: true

module Community
  # Links by which people may join, of people with a role: what others give to their friends is their own business.
  class Invites < NamedList
    describes 'invite', list: 'invites', file: 'invites.yaml'
    lists ::Invite, 'user', 'max_uses', 'expires_at', 'autofollow', 'comment', log: false

    # As the web interface does it: who came by it stays.
    def delete(change)
      find(change).expire!
      nil
    end

    private

    def records
      staff = ::User.where.not(role_id: nil)
      ::Invite.available.where(user: staff).or(::Invite.where(id: ledger.values(name).keys.map { |key| ledger.record(name, key) })).order(:id)
    end

    def item(record) = super.merge('user' => record.user.account.username.downcase, 'comment' => plain(record.comment).presence)

    def attributes(item)
      user = ::Account.find_local(item['user'])&.user || raise(Refused, "there is no account named '#{item['user']}' here")
      value(item).merge('user' => user)
    end
  end
end
