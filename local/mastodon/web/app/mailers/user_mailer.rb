# frozen_string_literal: true

class UserMailer < ApplicationMailer
  def reset_password_instructions(user, token)
    @user = user
    @token = token
    mail to: user.email, subject: 'Mastodon (stand-in): Reset password instructions'
  end

  def new_pending_account(user, newcomer)
    @newcomer = newcomer
    mail to: user.email, subject: "Mastodon (stand-in): New account up for review (#{newcomer.account.username})"
  end

  def terms_of_service_changed(user, terms)
    @user = user
    @terms = terms
    mail to: user.email, subject: 'Mastodon (stand-in): Updates to our terms of service'
  end
end
