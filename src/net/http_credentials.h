// How we prove who we are to a server. Files are read again for every request, so that a rotated
// token or password is used at once. Nothing here ever puts a secret into a message.
#pragma once

#include <string>
#include <vector>

namespace downsampled {

/// At most one of: a token, a token's file, a user name (with a password or its file).
struct HttpCredentials {
  std::string token_type = "Bearer";  ///< what stands before the token
  std::string bearer_token;
  std::string bearer_token_file;
  std::string user_name;
  std::string password;
  std::string password_file;
};

/// The token to send, empty for none. Throws Error{io} when the file is missing or has no token,
/// Error{config} when the token could not be sent in a header.
std::string current_bearer_token(const HttpCredentials& credentials);

/// The password to send with the user name; empty when there is none. Throws like
/// current_bearer_token().
std::string current_password(const HttpCredentials& credentials);

/// The text without these secrets and without what follows the word Basic, which is user name and
/// password: for what a server says about a request, which may be all that it was sent.
std::string conceal(std::string text, const std::vector<std::string>& secrets);

}  // namespace downsampled
