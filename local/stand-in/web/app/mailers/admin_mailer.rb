# frozen_string_literal: true

class AdminMailer < ApplicationMailer
  def new_pending_account(staff, user)
    mail to: staff.email, subject: "Mastodon (stand-in): New account up for review (#{user.account.username})", body: user.email
  end
end
