# frozen_string_literal: true

module Community
  # Blocked servers. Accounts, follows and media are Mastodon's worker's business.
  class DomainBlocks < Kind
    describes 'domainBlock', list: 'domainBlocks', file: 'domain-blocks.csv'

    FIELDS = %w(severity rejectMedia rejectReports publicComment obfuscate reasonUrl).freeze
    # In the private comment, where moderators see who made it; their own lines stay.
    MARK = %r{^\[as code\](?: (https://[^[:space:]]+))?[ \t\r]*(?:\n|\z)}

    def key(item) = item['domain']

    def value(item) = item.slice(*FIELDS).merge('publicComment' => Text.lines(item['publicComment']))

    def summary(item) = ["(#{item['severity']})", item['reasonUrl']].join(' ').strip

    def begins_suspension?(change)
      %i(create update).include?(change.action) && change.item['severity'] == 'suspend' && change.was&.fetch('severity') != 'suspend'
    end

    def present(wanted)
      DomainBlock.all.to_h do |block|
        item = item(block)
        # One that a moderator made has no reason yet; that is no difference.
        item['reasonUrl'] = wanted.dig(item['domain'], 'reasonUrl').to_s unless ledger.managed?(name, item['domain'])
        [item['domain'], item]
      end
    end

    def create(change)
      block = DomainBlock.create!(domain: change.key, **attributes(change))
      log(:create, block)
      ledger.add_job('block', block.id, false)
      nil
    end

    def update(change)
      block = find(change)
      block.update!(attributes(change))
      log(:update, block)
      ledger.add_job('block', block.id, block.severity_previously_changed?)
      nil
    end

    def delete(change)
      block = find(change)
      UnblockDomainService.new.call(block)
      log(:destroy, block)
      nil
    end

    def adopt(change)
      find(change).update!(private_comment: comment(change))
      nil
    end

    private

    def find(change) = DomainBlock.find_by!(domain: change.key)

    def item(block)
      {
        'domain' => block.domain, 'severity' => block.severity, 'rejectMedia' => block.reject_media,
        'rejectReports' => block.reject_reports, 'publicComment' => block.public_comment.to_s, 'obfuscate' => block.obfuscate,
        'reasonUrl' => block.private_comment.to_s[MARK, 1].to_s, 'privateComment' => block.private_comment.to_s
      }
    end

    def attributes(change)
      item = change.item
      {
        severity: item['severity'], reject_media: item['rejectMedia'], reject_reports: item['rejectReports'],
        public_comment: item['publicComment'], obfuscate: item['obfuscate'], private_comment: comment(change)
      }
    end

    def comment(change)
      others = change.was&.fetch('privateComment').to_s.sub(MARK, '').strip
      [others.presence, "[as code] #{change.item['reasonUrl']}".strip].compact.join("\n")
    end
  end

  # The servers that federation is limited to, where it is.
  class DomainAllows < Kind
    describes 'domainAllow', list: 'domainAllows', file: 'domain-allows.csv'

    def key(item) = item['domain']

    def value(_item) = {}

    def present(_wanted) = DomainAllow.all.to_h { |allow| [allow.domain, { 'domain' => allow.domain }] }

    def create(change)
      log(:create, DomainAllow.create!(domain: change.key))
      nil
    end

    def delete(change)
      allow = DomainAllow.find_by!(domain: change.key)
      UnallowDomainService.new.call(allow)
      log(:destroy, allow)
      nil
    end
  end

  # Domains of e-mail addresses that can't sign up.
  class EmailDomainBlocks < Kind
    describes 'emailDomainBlock', list: 'emailDomainBlocks', file: 'email-domain-blocks.csv'

    def key(item) = item['domain']

    def value(item) = item.slice('allowWithApproval')

    # Those with a parent came of its DNS records.
    def present(_wanted)
      EmailDomainBlock.where(parent_id: nil).to_h do |block|
        [block.domain, { 'domain' => block.domain, 'allowWithApproval' => block.allow_with_approval }]
      end
    end

    def create(change)
      log(:create, EmailDomainBlock.create!(domain: change.key, allow_with_approval: change.item['allowWithApproval']))
      nil
    end

    # Mastodon changes none: a new one takes the old one's place.
    def update(change)
      delete(change)
      create(change)
    end

    def delete(change)
      block = EmailDomainBlock.find_by!(domain: change.key)
      block.destroy!
      log(:destroy, block)
      nil
    end
  end

  # Blocked addresses. Mastodon removes those that have expired.
  class IpBlocks < Kind
    describes 'ipBlock', list: 'ipBlocks', file: 'ip-blocks.csv'

    def key(item) = cidr(IPAddr.new(item['ip']))

    def wanted(document) = super.reject { |_, item| item['expiresAt'] && Time.iso8601(item['expiresAt']).past? }

    def value(item)
      moment = item['expiresAt'] && Time.iso8601(item['expiresAt']).utc.iso8601
      { 'severity' => item['severity'], 'comment' => Text.lines(item['comment']), 'expiresAt' => moment }
    end

    def present(_wanted)
      IpBlock.all.reject { |block| block.expires_at&.past? }.to_h do |block|
        item = { 'ip' => cidr(block.ip), 'severity' => block.severity, 'comment' => block.comment }
        [item['ip'], block.expires_at ? item.merge('expiresAt' => block.expires_at.utc.iso8601) : item]
      end
    end

    def create(change)
      IpBlock.find_by(ip: change.key)&.destroy! # one that has expired
      log(:create, IpBlock.create!(ip: change.key, **attributes(change)))
      nil
    end

    def update(change)
      block = find(change)
      block.update!(attributes(change))
      log(:update, block)
      nil
    end

    def delete(change)
      block = find(change)
      block.destroy!
      log(:destroy, block)
      nil
    end

    private

    def cidr(address) = "#{address}/#{address.prefix}"

    def find(change) = IpBlock.find_by!(ip: change.key)

    def attributes(change)
      { severity: change.item['severity'], comment: change.item['comment'], expires_at: change.item['expiresAt'] }
    end
  end
end
